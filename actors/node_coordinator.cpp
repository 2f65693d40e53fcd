#include "actors/node_coordinator.hpp"

#include <algorithm>
#include <utility>

#include "runtime/simulation.hpp"

namespace perdure::actors {

node_coordinator::node_coordinator(caf::actor_config& config,
                                   std::shared_ptr<std::promise<bool>> drained,
                                   std::chrono::milliseconds patience)
    : caf::event_based_actor(config), drained_(std::move(drained)), patience_(patience) {
  set_default_handler(caf::drop);
}

/// Handles of actors that know each other would keep all of them alive.
void node_coordinator::on_exit() { partitions_.clear(); }

caf::behavior node_coordinator::make_behavior() {
  return {
      [this](join_atom, std::uint32_t index, const caf::actor& partition) {
        partitions_.emplace_back(index, partition);
        undrained_.insert(index);
      },
      [this](open_atom, std::uint32_t index) {
        founded_.insert(index);
        open_if_founded();
      },
      [this](open_atom) {
        all_joined_ = true;
        open_if_founded();
      },
      [this](alone_atom, std::uint32_t index, std::uint64_t ticket) {
        waiting_.push_back({index, ticket});
        begin_round();
      },
      [this](silent_atom, std::uint32_t index, std::uint64_t round) { hear_silence(index, round); },
      [this](tick_atom, std::uint64_t round) { give_up(round); },
      [this](tick_atom) {
        resting_ = false;
        begin_round();
      },
      [this](over_atom, std::uint32_t index, std::uint64_t ticket) { end({index, ticket}); },
      [this](drain_atom, bool patient) {
        for (const auto& [other, partition] : partitions_)
          send(partition, drain_atom::value, patient);
      },
      [this](drained_atom, std::uint32_t index, bool handed_over) {
        all_handed_over_ = all_handed_over_ && handed_over;
        if (undrained_.erase(index) != 0 && undrained_.empty())
          drained_->set_value(all_handed_over_);
      }};
}

void node_coordinator::open_if_founded() {
  if (!all_joined_ || founded_.size() < partitions_.size()) return;
  for (const auto& [index, partition] : partitions_) send(partition, open_atom::value);
}

void node_coordinator::begin_round() {
  if (current_.partition != 0 || waiting_.empty() || resting_) return;
  current_ = waiting_.front();
  waiting_.pop_front();
  for (const auto& [index, partition] : partitions_) loud_.insert(index);
  REACHED("round-of-silence");
  tell_all_hold(++round_);
  const bool at_once = BUGGIFY("silence-given-up-at-once");
  delayed_send(this, at_once ? std::chrono::milliseconds(0) : patience_, tick_atom::value, round_);
}

void node_coordinator::give_up(std::uint64_t round) {
  if (round != round_ || loud_.empty()) return;
  REACHED("silence-given-up");
  waiting_.push_back(std::exchange(current_, {}));
  loud_.clear();
  tell_all_hold(0);
  resting_ = true;
  delayed_send(this, 4 * patience_, tick_atom::value);
}

void node_coordinator::hear_silence(std::uint32_t index, std::uint64_t round) {
  if (round != round_ || loud_.erase(index) == 0 || !loud_.empty()) return;
  const auto found = std::ranges::find(partitions_, current_.partition,
                                       &std::pair<std::uint32_t, caf::actor>::first);
  send(found->second, alone_atom::value, current_.ticket);
}

void node_coordinator::end(const wish& which) {
  if (current_ != which) {
    std::erase(waiting_, which);
    return;
  }
  current_ = {};
  loud_.clear();
  tell_all_hold(0);
  begin_round();
}

void node_coordinator::tell_all_hold(std::uint64_t round) {
  for (const auto& [index, partition] : partitions_) send(partition, hold_atom::value, round);
}

}  // namespace perdure::actors
