#include "actors/node_coordinator.hpp"

#include <algorithm>

namespace perdure::actors {

node_coordinator::node_coordinator(caf::actor_config& config,
                                   std::shared_ptr<std::promise<void>> drained)
    : caf::event_based_actor(config), drained_(std::move(drained)) {}

caf::behavior node_coordinator::make_behavior() {
  return {[this](join_atom, std::uint32_t index, const caf::actor& partition) {
            partitions_.emplace_back(index, partition);
            undrained_.insert(index);
          },
          [this](alone_atom, std::uint32_t index) {
            wanting_.push_back(index);
            next();
          },
          [this](silent_atom, std::uint32_t index) {
            if (alone_ == 0 || loud_.erase(index) == 0 || !loud_.empty()) return;
            const auto found = std::ranges::find(partitions_, alone_,
                                                 &std::pair<std::uint32_t, caf::actor>::first);
            send(found->second, alone_atom::value);
          },
          [this](over_atom, std::uint32_t index) {
            if (alone_ != index) {
              std::erase(wanting_, index);
              return;
            }
            alone_ = 0;
            loud_.clear();
            for (const auto& [other, partition] : partitions_)
              send(partition, hold_atom::value, false);
            next();
          },
          [this](drain_atom, bool patient) {
            for (const auto& [other, partition] : partitions_)
              send(partition, drain_atom::value, patient);
          },
          [this](drained_atom, std::uint32_t index) {
            if (undrained_.erase(index) != 0 && undrained_.empty()) drained_->set_value();
          }};
}

void node_coordinator::next() {
  if (alone_ != 0 || wanting_.empty()) return;
  alone_ = wanting_.front();
  wanting_.pop_front();
  for (const auto& [index, partition] : partitions_) {
    loud_.insert(index);
    send(partition, hold_atom::value, true);
  }
}

}  // namespace perdure::actors
