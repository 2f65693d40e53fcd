#pragma once

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <set>
#include <vector>

#include "actors/messages.hpp"

namespace perdure::actors {

/// What the partitions of a node must agree on: when all are founded, who runs code alone (DESIGN
/// 5.3), and when all have handed over.
///
/// Without atomic batches a partition may be founded while another, to which it would send, is not:
/// each says `open, index` when it is, the node `open` when all have joined, and then all hear
/// `open` and may be claimed.
///
/// A partition asks `alone, index, ticket`. When it is its turn every partition, itself too, hears
/// `hold, round` and answers `silent, index, round`; then it gets `alone, ticket`, and says
/// `over, index, ticket` when it is done or wants it no more; then all hear `hold, 0`. Tickets and
/// rounds are never used twice, so what crosses on the way is told from what counts.
///
/// Somebody's long step must not stop the whole node until it ends: where there is no silence
/// within `patience`, all go on for four times that, then it is tried again.
class node_coordinator : public caf::event_based_actor {
 public:
  node_coordinator(caf::actor_config& config, std::shared_ptr<std::promise<bool>> drained,
                   std::chrono::milliseconds patience = std::chrono::seconds(2));

 protected:
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  struct wish {
    std::uint32_t partition = 0;
    std::uint64_t ticket = 0;
    bool operator==(const wish&) const = default;
  };

  void open_if_founded();
  void begin_round();
  void hear_silence(std::uint32_t index, std::uint64_t round);
  void end(const wish& which);
  void give_up(std::uint64_t round);
  void tell_all_hold(std::uint64_t round);

  std::shared_ptr<std::promise<bool>> drained_;
  const std::chrono::milliseconds patience_;
  std::vector<std::pair<std::uint32_t, caf::actor>> partitions_;
  std::set<std::uint32_t> founded_;
  bool all_joined_ = false;
  std::set<std::uint32_t> undrained_;
  bool all_handed_over_ = true;  ///< of those that have drained
  std::deque<wish> waiting_;
  wish current_;  ///< partition 0: nobody
  std::uint64_t round_ = 0;
  bool resting_ = false;          ///< a round was given up a moment ago
  std::set<std::uint32_t> loud_;  ///< asked for silence in this round, not silent yet
};

}  // namespace perdure::actors
