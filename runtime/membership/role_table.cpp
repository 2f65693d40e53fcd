#include "runtime/membership/role_table.hpp"

#include <algorithm>

namespace perdure::runtime::membership {

void role_table::on_holder(partition_index partition, partition_holder holder) {
  auto& known = holders_[partition];
  if (known.session != holder.session) waited_.erase(partition);
  known = holder;
}

void role_table::on_warm(partition_index partition) {
  const auto told = told_.find(partition);
  if (told != told_.end() && told->second.reads) warm_.insert(partition);
}

void role_table::on_own_heartbeat() {
  for (auto& [partition, beats] : waited_) ++beats;
}

/// A claim names how far its node had read: who has not read as far does not know that the session
/// is gone, it may only be news.
bool role_table::is_known_gone(const cluster_state& folded, const partition_holder& holder) const {
  return holder.session != self_ && folded.find(holder.session) == nullptr &&
         folded.applied() >= holder.view;
}

partition_role role_table::role_of(const cluster_state& folded, partition_index partition,
                                   const placement& place, member_id self) const {
  partition_role role;
  if (!self || place.find(self) == nullptr) return role;
  role.reads = true;
  if (place.owner != self) return role;
  role.owns = want::when_left;
  const auto holder = holders_.find(partition);
  if (holder == holders_.end() || !holder->second.session) return role;
  const auto waited = waited_.find(partition);
  if (is_known_gone(folded, holder->second) ||
      (waited != waited_.end() && waited->second >= hand_over_)) {
    role.owns = want::now;
    role.from = holder->second.session;
  }
  return role;
}

void role_table::update(const cluster_state& folded, member_id self) {
  for (auto& [partition, role] : roles_) {  // who lost its place in the log knows nothing
    if (!folded.placements().contains(partition)) role = {};
  }
  for (const auto& [partition, place] : folded.placements()) {
    count_wait(partition, self && place.owner == self);
    roles_[partition] = role_of(folded, partition, place, self);
  }
}

/// Counts the wait for a holder, or ends the count.
void role_table::count_wait(partition_index partition, bool owns) {
  const auto holder = holders_.find(partition);
  const bool waits =
      owns && holder != holders_.end() && holder->second.session && holder->second.session != self_;
  if (waits) {
    waited_.try_emplace(partition);
  } else {
    waited_.erase(partition);
  }
}

std::vector<std::pair<partition_index, partition_role>> role_table::take_changed() {
  std::vector<std::pair<partition_index, partition_role>> changed;
  for (const auto& [partition, role] : roles_) {
    auto& told = told_[partition];
    if (told == role) continue;
    changed.emplace_back(partition, role);
    told = role;
    if (role.reads) continue;  // else what is known of the partition's log grows old
    warm_.erase(partition);
    const auto holder = holders_.find(partition);
    if (holder != holders_.end() && holder->second.session != self_) holders_.erase(holder);
  }
  return changed;
}

std::vector<partition_index> role_table::to_announce(const cluster_state& folded,
                                                     member_id self) const {
  std::vector<partition_index> partitions;
  for (const auto partition : warm_) {
    const auto place = folded.placements().find(partition);
    if (place == folded.placements().end()) continue;
    const auto* reads = place->second.find(self);
    if (reads != nullptr && !reads->warm) partitions.push_back(partition);
  }
  return partitions;
}

bool role_table::must_hand_over() const {
  return std::ranges::any_of(holders_, [&](const auto& entry) {
    const auto role = roles_.find(entry.first);
    return entry.second.session == self_ && (role == roles_.end() || role->second.owns == want::no);
  });
}

}  // namespace perdure::runtime::membership
