#pragma once

#include <memory>

#include <caf/all.hpp>

#include "actors/partition_want.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::actors {

using wake_atom = caf::atom_constant<caf::atom("wake")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;
using drop_atom = caf::atom_constant<caf::atom("drop")>;
using hold_atom = caf::atom_constant<caf::atom("hold")>;
using silent_atom = caf::atom_constant<caf::atom("silent")>;
using alone_atom = caf::atom_constant<caf::atom("alone")>;
using over_atom = caf::atom_constant<caf::atom("over")>;
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using join_atom = caf::atom_constant<caf::atom("join")>;
using open_atom = caf::atom_constant<caf::atom("open")>;
using want_atom = caf::atom_constant<caf::atom("want")>;
using drained_atom = caf::atom_constant<caf::atom("drained")>;

/// To a workflow actor: run this. `who` is set if the actor is new.
struct run_order {
  std::shared_ptr<const runtime::activation> work;
  std::shared_ptr<const runtime::run_description> who;
  bool alone = false;  ///< nothing else runs on the node meanwhile (DESIGN 5.3)
};

/// To a workflow actor: answer this from the frame.
struct query_task {
  std::uint64_t token = 0;
  std::string name;
  runtime::payload input;
  bool alone = false;  ///< the run is in quarantine (DESIGN 5.3)
};

}  // namespace perdure::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(perdure::actors::run_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(perdure::actors::query_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(perdure::actors::wanted_partition)
