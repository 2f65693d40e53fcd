#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/kafka_log/real_broker.hpp"
#include "tests/kill/node_process.hpp"
#include "transport/kafka/kafka_layout.hpp"

namespace perdure::testing {

/// A broker of its own and three programs kill_node on it, which have namespaces "team" (3
/// partitions) and "legal" (2), each of which the other may call, and one ledger.
class kill_cluster {
 public:
  static constexpr unsigned size = 3;

  kill_cluster();
  /// Keeps its directory if a test has failed, and says where it is.
  ~kill_cluster();

  void start();  ///< all nodes
  node_process& node(std::size_t which) { return *nodes_[which]; }
  real_broker& broker() { return broker_; }

  /// That asks one node first, each another one, and the others when that does not answer.
  api_client client();
  api_client client_of(std::size_t which) const { return nodes_[which]->client(); }

  /// Until all nodes are there and say that each partition is held by who should own it. False: not
  /// in time, or a node has ended by itself; `unsettled` says what is missing.
  bool wait_until_settled(std::chrono::seconds limit = std::chrono::seconds(60));
  std::string unsettled();
  /// Until nobody has claimed anything for three seconds (DESIGN 12.22).
  bool wait_until_claims_stop(std::chrono::seconds limit = std::chrono::seconds(60));

  /// Which partition of the installation each of the topics' is, as the cluster says.
  std::vector<transport::kafka_partition> partitions();
  std::string ledger() const { return directory_ + "/ledger"; }
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  real_broker broker_{broker_wish{}};
  std::array<std::unique_ptr<node_process>, size> nodes_;
  std::atomic<std::size_t> clients_ = 0;
};

}  // namespace perdure::testing
