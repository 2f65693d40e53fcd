#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/kafka_kill/topic_check.hpp"
#include "tests/kafka_node/kafka_world.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {

/// Nodes of one installation, "node 0", "node 1"…, all in this process, each with threads, clients
/// and a data directory of its own.
class cluster_world {
 public:
  explicit cluster_world(std::size_t count, real_broker& on = real_broker::of_this_program());

  kafka_world& operator[](std::size_t which) { return nodes_[which]; }
  std::size_t size() const { return nodes_.size(); }
  auto begin() { return nodes_.begin(); }
  auto end() { return nodes_.end(); }

  void start_all();
  /// Of partition "namespace/number": those nodes whose own word is that they own it.
  std::map<std::string, std::set<std::size_t>> owners();
  /// Every partition has one owner, and these nodes own something each; waited for.
  void wait_until_shared_among(const std::set<std::size_t>& nodes);
  /// Of partition "namespace/number", as the first node that serves it has folded it.
  std::map<std::string, std::uint64_t> epochs();
  /// Of all nodes, as the one that is asked sees them.
  std::map<std::string, std::string> states(std::size_t through);
  /// By all nodes together.
  std::size_t times_said(std::string_view text) const;
  /// Waits until they have said it more often than that.
  void wait_until_said_more_often(std::string_view text, std::size_t than) const;
  /// What the namespaces' topics hold, folded. REQUIRES: all work is done.
  topic_check fold_topics();

 private:
  /// Each once, of all nodes that run.
  std::map<std::string, runtime::partition_status> partitions();
  bool is_shared_among(const std::set<std::size_t>& nodes);

  const transport::system_clock clock_;
  std::deque<kafka_world> nodes_;
};

}  // namespace perdure::testing
