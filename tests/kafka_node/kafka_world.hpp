#pragma once

#include <memory>
#include <string>
#include <vector>

#include "deploy/kafka_node.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "tests/nodes/whole_node.hpp"
#include "tests/unit/transport/temporary_directory.hpp"

namespace perdure::testing {

/// A node on topics of its own, on the broker of this program if no other is named.
class kafka_world final : public whole_node {
 public:
  explicit kafka_world(real_broker& on = real_broker::of_this_program());
  ~kafka_world() override { crash(); }

  actors::node_options& node_options() override { return options.node; }
  std::vector<runtime::namespace_options>& namespaces() override { return options.namespaces; }
  void take_small_requests() override { options.kafka.bundle_bytes = std::uint64_t{2} << 20; }
  void append(runtime::partition_index partition, const std::vector<std::string>& records) override;
  /// The producer of its namespaces' topics meets a fatal error soon. REQUIRES: it is open.
  void break_producer() { static_cast<deploy::kafka_node&>(*node).break_producer(); }

  /// No other node is on its topics: opening waits until it owns all partitions.
  bool alone = false;
  real_broker& broker;
  deploy::kafka_node_options options;

 private:
  opened_node open_node(deploy::running_node::report_function say,
                        deploy::running_node::fatal_function on_fatal) override;

  transport::temporary_directory directory_;
};

}  // namespace perdure::testing
