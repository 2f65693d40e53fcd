#pragma once

#include <memory>
#include <string>

#include "deploy/kafka_node.hpp"
#include "tests/kafka_log/real_broker.hpp"
#include "tests/nodes/whole_node.hpp"
#include "tests/unit/transport/temporary_directory.hpp"

namespace perdure::testing {

/// A node on topics of its own, on the broker of this program.
class kafka_world final : public whole_node {
 public:
  kafka_world();
  ~kafka_world() override { crash(); }

  actors::node_options& node_options() override { return options.node; }
  void take_small_requests() override { options.kafka.bundle_bytes = std::uint64_t{2} << 20; }

  /// No other node is on its topics: opening waits until it owns all partitions.
  bool alone = false;
  real_broker& broker = real_broker::of_this_program();
  deploy::kafka_node_options options;

 private:
  opened_node open_node(deploy::running_node::report_function say,
                        deploy::running_node::fatal_function on_fatal) override;

  transport::temporary_directory directory_;
};

}  // namespace perdure::testing
