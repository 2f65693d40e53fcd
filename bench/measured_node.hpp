#pragma once

#include <memory>
#include <string>

#include "deploy/embedded_node.hpp"

namespace perdure::bench {

/// A node in a fresh directory of its own, removed at the end. All benchmarks but `fdatasync` run
/// against one.
class measured_node {
 public:
  /// Throws std::runtime_error if it cannot be made.
  measured_node(const perdure::registry& offered, std::uint32_t partitions,
                std::size_t resident_runs = 100'000);
  ~measured_node();

  runtime::client& client() { return node_->client(); }

 private:
  std::string directory_;
  std::unique_ptr<deploy::embedded_node> node_;
};

/// Keeps `in_flight` runs of one operation going until `total` have completed; returns seconds from
/// the first start to the last result. Throws if any run does not complete.
double run_many(runtime::client& client, const std::string& agent, const std::string& operation,
                std::size_t in_flight, std::size_t total);

}  // namespace perdure::bench
