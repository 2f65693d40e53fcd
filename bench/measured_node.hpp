#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/row.hpp"
#include "bench/scratch_directory.hpp"
#include "deploy/embedded_node.hpp"

namespace perdure::bench {

/// A node in a fresh directory, with the namespaces `bench` and `other` of four partitions each.
/// Throws std::runtime_error.
class measured_node {
 public:
  explicit measured_node(const registry& offered, runtime::duration idle = runtime::seconds(60),
                         std::size_t resident_runs = 100'000);
  ~measured_node();

  runtime::client& client() { return node_->client(); }
  /// Returns when no more frames are resident than a hundred a partition. Throws after a minute.
  void wait_until_evicted();

 private:
  scratch_directory directory_;
  std::unique_ptr<deploy::embedded_node> node_;
};

/// Keeps `in_flight` runs of one operation going until `total` have completed; what that took from
/// the first start to the last result. Throws if any run does not complete.
spent run_many(runtime::client& client, const std::string& operation, std::size_t in_flight,
               std::size_t total);

/// Starts runs "<prefix>-<number>", at most 1,000 unanswered at once, and returns when all starts
/// are durable.
void start_many(runtime::client& client, const std::string& operation, const std::string& prefix,
                std::size_t total);

/// Signals `some` of `total` runs "<prefix>-<number>" one after the other; the seconds from each
/// signal to its result.
std::vector<double> wake_some(runtime::client& client, const std::string& prefix, std::size_t some,
                              std::size_t total);

/// What all threads of this process have used of the processor.
double cpu_seconds();

/// Resident memory of this process.
std::size_t resident_bytes();

}  // namespace perdure::bench
