#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "runtime/membership/cluster_state.hpp"
#include "runtime/membership/want.hpp"

namespace perdure::runtime::membership {

/// What one node has to do with each partition: the assignment, and who holds the partition by its
/// own log, as what to want (docs/adr/0010-membership.md). Pure; lives beside its `cluster_state`.
class role_table {
 public:
  /// `hand_over`: how many own heartbeats a partition's holder that lives may take to hand it over.
  role_table(session_id self, std::uint32_t hand_over) : self_(self), hand_over_(hand_over) {}

  /// Who holds it changed, by the partition's own log.
  void on_holder(partition_index partition, partition_holder holder);
  /// Its log was read to the end. Counts while the role that was told is to read it.
  void on_warm(partition_index partition);
  /// An own heartbeat was read back that was appended because its time had come.
  void on_own_heartbeat();

  /// Compares with the fold. `self`: the node's own membership, 0 if it is no member.
  void update(const cluster_state& folded, member_id self);
  const std::map<partition_index, partition_role>& roles() const { return roles_; }
  /// Those that are not what was told last, in order. What changed and changed back was nothing.
  std::vector<std::pair<partition_index, partition_role>> take_changed();
  /// Partitions that are warm here, of which the fold does not know it.
  std::vector<partition_index> to_announce(const cluster_state& folded, member_id self) const;
  /// It holds a partition that it is not to own.
  bool must_hand_over() const;

 private:
  partition_role role_of(const cluster_state& folded, partition_index partition,
                         const placement& place, member_id self) const;
  void count_wait(partition_index partition, bool owns);
  bool is_known_gone(const cluster_state& folded, const partition_holder& holder) const;

  const session_id self_;
  const std::uint32_t hand_over_;
  std::map<partition_index, partition_role> roles_;
  std::map<partition_index, partition_role> told_;
  std::map<partition_index, partition_holder> holders_;
  std::set<partition_index> warm_;
  /// Of partitions that it is to own and another that lives holds: own heartbeats since.
  std::map<partition_index, std::uint32_t> waited_;
};

}  // namespace perdure::runtime::membership
