#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bench/scratch_directory.hpp"
#include "deploy/kafka_node.hpp"

namespace perdure::bench {

/// A node of a cluster, with the namespaces `bench` and `other` of four partitions each and the
/// agents of all benchmarks. Throws std::runtime_error.
class cluster_node {
 public:
  /// `prefix`: of the topics, one for each cluster.
  cluster_node(const transport::kafka_options& kafka, const std::string& prefix,
               const std::string& name);
  ~cluster_node();

  runtime::client& client() { return node_->client(); }
  /// As it was opened with.
  const transport::kafka_options& kafka() const { return kafka_; }
  runtime::cluster_status cluster();
  /// True: it has handed over.
  bool stop() { return node_->stop(); }

 private:
  scratch_directory directory_;
  registry offered_;
  transport::kafka_options kafka_;
  std::unique_ptr<deploy::kafka_node> node_;
};

/// Until every partition has an owner that has claimed it, and so many nodes own some. Throws after
/// a minute.
void wait_until_owned(cluster_node& seen_by, std::size_t nodes);

/// Bundles that are all alike.
struct bundle_shape {
  std::size_t records = 0;
  std::size_t record_bytes = 0;
};

/// What nodes are measured beside, by turns.
struct bare_rates {
  std::function<double()> hop;  ///< seconds of a bare way to the broker and back
  /// Records/s of bare bundles, one of each of four partitions on its way.
  std::function<double(const bundle_shape&)> in_flight;
};

/// Of one node and of three: steps, calls, alone and many at once.
void measure_nodes(const transport::kafka_options& kafka, const bare_rates& bare);

/// Nodes in processes of their own that are killed and stopped: how long their partitions stand
/// still. `program`: this one's path.
void measure_failover(const transport::kafka_options& kafka, const std::string& program);

/// A node in this process until its standard input ends; then it hands over.
int run_child(const transport::kafka_options& kafka, const std::string& prefix,
              const std::string& name);

}  // namespace perdure::bench
