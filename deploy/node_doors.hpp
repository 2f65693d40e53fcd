#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/cluster_membership.hpp"
#include "actors/node.hpp"
#include "deploy/running_node.hpp"
#include "nexus/door/door_client.hpp"
#include "nexus/door/door_metrics.hpp"
#include "nexus/door/message_door.hpp"
#include "transport/http_server.hpp"

namespace perdure::deploy {

/// Where the keys are that this node shares with a namespace: `file:PATH` or `env:NAME`.
struct door_key_place {
  std::string name;  ///< the namespace
  std::string value;
  bool operator==(const door_key_place&) const = default;
};

/// Why that place is not allowed; empty if it is.
std::string_view refused_key_place(std::string_view name_space, std::string_view place);

struct node_doors_options {
  node_doors_options();

  transport::http_server_options server;  ///< without an address there is no door
  std::string advertise;                  ///< where others reach it; empty: its address and port
  std::vector<door_key_place> keys;
  nexus::door_options door;
};

/// A node's door, and its way to those of its neighbours
/// (docs/adr/0014-doors-between-processes.md).
class node_doors {
 public:
  /// Listens, if there is an address, and refuses all until `open`. Errors: of the keys, of the
  /// server.
  static runtime::expected<std::unique_ptr<node_doors>> listen(
      const node_doors_options& options, const runtime::clock& clock,
      runtime::random_source& random, running_node::report_function report);
  ~node_doors() { stop(); }
  node_doors(const node_doors&) = delete;
  node_doors& operator=(const node_doors&) = delete;

  /// Where others reach the door, to be announced; empty: there is none.
  const std::string& announced() const { return announced_; }
  /// What the node's partitions send with: made for the namespaces that it serves.
  runtime::foreign_messages& make_client(nexus::message_door::own_namespaces own);
  /// The node runs: takes messages, and follows the registry. All of it outlives `stop`.
  void open(runtime::log& log, actors::node& node, actors::cluster_membership& membership);
  /// Takes none and sends none any more; waits for what is on its way.
  void stop();
  nexus::metric_families metrics() const;

 private:
  node_doors(const runtime::clock& clock, runtime::random_source& random,
             running_node::report_function report)
      : clock_(clock), random_(random), report_(std::move(report)) {}

  const runtime::clock& clock_;
  runtime::random_source& random_;
  const running_node::report_function report_;
  std::unique_ptr<nexus::door_keys> keys_;
  std::unique_ptr<nexus::message_door> door_;
  std::unique_ptr<transport::http_server> server_;
  std::string announced_;
  nexus::message_door::own_namespaces own_;
  std::unique_ptr<nexus::door_client> client_;
};

/// As routes need them.
runtime::neighbour_places places_of(const runtime::membership::neighbours& neighbours);

}  // namespace perdure::deploy
