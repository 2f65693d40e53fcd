#include "actors/link_middleman.hpp"

#include <set>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/node_id.hpp>
#include <caf/send.hpp>

#include "runtime/command.hpp"

namespace perdure::actors {
namespace {

caf::node_id make_node_id(const std::string& process) {
  caf::node_id::default_data::host_id_type bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto hashed = runtime::hash_bytes(process, i / sizeof(std::uint64_t)).value;
    bytes[i] = static_cast<std::uint8_t>(hashed >> (8 * (i % sizeof(std::uint64_t))));
  }
  return caf::make_node_id(1, bytes);
}

class named_middleman final : public caf::io::middleman {
 public:
  named_middleman(caf::actor_system& system, std::string process)
      : middleman(system), process_(std::move(process)), backend_(&system) {}

  caf::io::network::multiplexer& backend() override { return backend_; }

  /// CAF gives no other way to say who a process is; nobody has looked at it yet.
  void init(caf::actor_system_config& config) override {
    middleman::init(config);
    const_cast<caf::node_id&>(system().node()) = make_node_id(process_);
  }

 private:
  const std::string process_;
  caf::io::network::default_multiplexer backend_;
};

}  // namespace

void load_middleman(caf::actor_system_config& config, const link_identity& identity) {
  config.module_factories.emplace_back(
      [process = identity.process](caf::actor_system& system) -> caf::actor_system::module* {
        return new named_middleman(system, process);  // the system owns its modules
      });
  config.set("middleman.app-identifiers", std::vector<std::string>{identity.installation});
  config.set("middleman.enable-automatic-connections", false);
  config.set("middleman.workers", std::size_t{0});
  // No heartbeats: CAF's broker leaves one that comes at its end in its mailbox, and so itself in
  // memory. Who hands sockets in has the kernel look whether the other machine is there.
}

void publish_actor(caf::actor_system& system, runtime::open_socket& socket,
                   const caf::actor& whom) {
  auto door = system.middleman().backend().new_doorman(socket.take());
  const auto port = door->port();
  caf::anon_send(middleman_broker(system), caf::publish_atom::value, std::move(door), port,
                 caf::actor_cast<caf::strong_actor_ptr>(whom), std::set<std::string>{});
}

caf::actor middleman_broker(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

}  // namespace perdure::actors
