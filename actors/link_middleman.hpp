#pragma once

#include <string>

#include <caf/actor.hpp>
#include <caf/actor_system_config.hpp>

#include "runtime/dialer.hpp"

namespace perdure::actors {

/// As whom an actor system speaks to others.
struct link_identity {
  std::string installation;  ///< only systems of the same one speak to each other
  std::string process;       ///< unlike that of any other process, also of the one before it
};

/// CAF's middleman, which carries messages between the actor systems of two processes (BASP). Its
/// id of a process is made of the machine and the process's number, which are the same again in a
/// container that was restarted; ours is made of `link_identity::process`. It has no
/// authentication: whoever reaches the socket can send messages.
///
/// Whether the other machine is still there is for the sockets to notice. REQUIRES: called before
/// the system is made of `config`.
void load_middleman(caf::actor_system_config& config, const link_identity& identity);

/// Whoever connects to that socket, which listens, reaches `whom`. REQUIRES: `load_middleman`.
void publish_actor(caf::actor_system& system, runtime::open_socket& socket, const caf::actor& whom);

/// What makes connections; see `connect_with`. REQUIRES: `load_middleman`.
caf::actor middleman_broker(caf::actor_system& system);

}  // namespace perdure::actors
