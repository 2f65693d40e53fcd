#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/membership/assignment.hpp"
#include "runtime/membership/cluster_action.hpp"
#include "runtime/membership/cluster_record.hpp"

namespace perdure::runtime::membership {

/// Where reading of the cluster log begins.
enum class reading_from : std::uint8_t {
  first_record,  ///< the log's very first: nothing was ever forgotten
  within,        ///< anywhere else: what comes before a view that can be loaded is skipped
};

/// An agent of one node, as `perdure agents list` shows it.
struct agent_place {
  std::string name_space;
  hosted_agent agent;
  member_id member;
};

/// Who is in the cluster and is to own what: the fold of the installation's cluster log (DESIGN 9,
/// docs/adr/0010-membership.md), the same for whoever reads it. `apply` is pure: no clock, no
/// chance, no I/O. Not thread-safe; lives on one actor.
class cluster_state {
 public:
  explicit cluster_state(reading_from start) : loaded_(start == reading_from::first_record) {}

  /// Applies the next record in log order and appends what it did to `out`. Never fails for a bad
  /// record: it is void, with a reason. REQUIRES: record.at above every offset applied before.
  void apply(const decoded_record& record, cluster_actions& out);

  /// False: no view has come by yet, so it knows nothing.
  bool loaded() const { return loaded_; }
  offset applied() const { return applied_; }
  /// Since the last view that counted.
  std::uint64_t records() const { return records_; }

  /// Members now, the eldest first.
  const std::map<member_id, cluster_member>& members() const { return members_; }
  const cluster_member* find(member_id member) const;
  /// The member of that session, nullptr if it is none now.
  const cluster_member* find(session_id session) const;
  const std::map<std::string, cluster_node, std::less<>>& nodes() const { return nodes_; }
  const cluster_node* find_node(std::string_view node) const;

  const std::map<std::string, cluster_namespace, std::less<>>& namespaces() const {
    return namespaces_;
  }
  const cluster_namespace* find_namespace(std::string_view name) const;
  /// Of all partitions of all namespaces.
  const std::map<partition_index, placement>& placements() const { return placements_; }
  /// Which agents live where: by namespace, agent, age of the member.
  std::vector<agent_place> agents() const;

  /// All that the fold knows, in one canonical order: for digests and tests that compare.
  std::string canonical() const;
  digest state_digest() const;
  /// The state as a record that may follow the one applied last.
  wire::View view(member_id by) const;

 private:
  // cluster_state_members.cpp
  void apply_join(const decoded_record& record, cluster_actions& out);
  void apply_heartbeat(const decoded_record& record, cluster_actions& out);
  void apply_suspect(const decoded_record& record, cluster_actions& out);
  void apply_gone(const decoded_record& record, cluster_actions& out);
  void apply_leaving(const decoded_record& record, cluster_actions& out);
  void apply_left(const decoded_record& record, cluster_actions& out);
  void end(member_id member, member_end how, cluster_actions& out);
  void forget_nodes();
  // cluster_state.cpp
  void apply_drain(const decoded_record& record, cluster_actions& out);
  void apply_namespace(const decoded_record& record, cluster_actions& out);
  void apply_warm(const decoded_record& record, cluster_actions& out);
  void warm_up(partition_index partition, member_id member, offset as_of, cluster_actions& out);
  void assign_all(cluster_actions& out);
  void assign_row(std::string_view name, const cluster_namespace& row, cluster_actions& out);
  void put(partition_index partition, placement after, cluster_actions& out);
  std::vector<candidate> candidates_of(std::string_view name_space) const;
  // cluster_state_view.cpp
  void apply_view(const decoded_record& record, cluster_actions& out);
  std::string_view take(const wire::View& view);
  bool load(const wire::View& view);

  bool loaded_;
  offset applied_;
  std::uint64_t records_ = 0;
  offset viewed_;  ///< what the last view that counted followed
  std::map<std::string, cluster_node, std::less<>> nodes_;
  std::map<member_id, cluster_member> members_;
  std::map<std::string, cluster_namespace, std::less<>> namespaces_;
  std::map<partition_index, placement> placements_;
};

}  // namespace perdure::runtime::membership
