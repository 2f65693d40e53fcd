#pragma once

#include <deque>
#include <future>
#include <memory>
#include <set>
#include <vector>

#include "actors/messages.hpp"

namespace perdure::actors {

/// What the partitions of a node must agree on: who runs code alone (DESIGN 5.3), and when all have
/// handed over.
class node_coordinator : public caf::event_based_actor {
 public:
  node_coordinator(caf::actor_config& config, std::shared_ptr<std::promise<void>> drained);

 protected:
  caf::behavior make_behavior() override;

 private:
  void next();

  std::shared_ptr<std::promise<void>> drained_;
  std::vector<std::pair<std::uint32_t, caf::actor>> partitions_;
  std::set<std::uint32_t> loud_;  ///< asked for silence, not silent yet
  std::set<std::uint32_t> undrained_;
  std::deque<std::uint32_t> wanting_;
  std::uint32_t alone_ = 0;  ///< partition index, 0: nobody
};

}  // namespace perdure::actors
