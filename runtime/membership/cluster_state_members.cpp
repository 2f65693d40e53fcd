#include "runtime/membership/cluster_state.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime::membership {
namespace {

constexpr std::size_t longest_name = 256;  // DESIGN 7.6
/// Names that joined once and are gone: the newest are kept, so that a late join of theirs is void.
constexpr std::size_t most_nodes_gone = 256;

}  // namespace

/// A join is to a node's name what a claim is to a partition: valid only if it names the one that
/// it replaces, which it ends.
void cluster_state::apply_join(const decoded_record& record, cluster_actions& out) {
  const auto& join = record.as<wire::Join>();
  if (join.node().empty() || join.node().size() > longest_name || join.session() == 0) {
    out.emplace_back(ignored{"a join needs the node's name and its session"});
    return;
  }
  const auto* known = find_node(join.node());
  if (offset(join.replaces()) != (known == nullptr ? offset{} : known->joined)) {
    out.emplace_back(ignored{"the join replaces another one than the node's last"});
    return;
  }
  if (members_.contains(member_id(join.replaces())))
    end(member_id(join.replaces()), member_end::replaced, out);
  auto& node = nodes_[join.node()];
  node.joined = record.at;
  node.session = session_id(join.session());
  const member_id id(record.at.value);
  auto& member = members_[id];
  member = {profile_of(join), id, false, 0, record.at, {}};
  out.emplace_back(member_joined{id, member.node});
  forget_nodes();
  assign_all(out);
}

void cluster_state::apply_heartbeat(const decoded_record& record, cluster_actions& out) {
  const auto& heartbeat = record.as<wire::Heartbeat>();
  const auto found = members_.find(member_id(heartbeat.member()));
  if (found == members_.end()) {
    out.emplace_back(ignored{"no member, or not any more"});
    return;
  }
  auto& member = found->second;
  if (heartbeat.number() != member.heartbeats + 1) {
    out.emplace_back(ignored{"not the member's next heartbeat"});
    return;
  }
  member.heartbeats = heartbeat.number();
  member.heard = record.at;
  out.emplace_back(member_heard{member.id});
  if (!member.suspicions.empty()) out.emplace_back(member_refuted{member.id});
  if (!MUTANT("refuted-and-still-accused")) member.suspicions.clear();
}

void cluster_state::apply_suspect(const decoded_record& record, cluster_actions& out) {
  const auto& suspect = record.as<wire::Suspect>();
  const auto by = member_id(suspect.by());
  const auto found = members_.find(member_id(suspect.member()));
  if (found == members_.end() || !members_.contains(by) || found->first == by) {
    out.emplace_back(ignored{"accuser and accused must be two members"});
    return;
  }
  if (found->second.heard != offset(suspect.heard())) {
    out.emplace_back(ignored{"it was heard since"});
    return;
  }
  if (!found->second.suspicions.try_emplace(by, record.at).second) {
    out.emplace_back(ignored{"it is suspected by that one already"});
    return;
  }
  out.emplace_back(member_suspected{found->first, by});
}

void cluster_state::apply_gone(const decoded_record& record, cluster_actions& out) {
  const auto& gone = record.as<wire::Gone>();
  const auto by = member_id(gone.by());
  const auto found = members_.find(member_id(gone.member()));
  if (found == members_.end() || !members_.contains(by)) {
    out.emplace_back(ignored{"accuser and accused must be two members"});
    return;
  }
  const auto suspicion = found->second.suspicions.find(by);
  if (suspicion == found->second.suspicions.end() ||
      suspicion->second != offset(gone.suspicion())) {
    out.emplace_back(ignored{"that suspicion does not stand any more"});
    return;
  }
  end(found->first, member_end::gone, out);
  assign_all(out);
}

void cluster_state::apply_leaving(const decoded_record& record, cluster_actions& out) {
  const auto found = members_.find(member_id(record.as<wire::Leaving>().member()));
  if (found == members_.end() || found->second.leaving) {
    out.emplace_back(ignored{"no member any more, or leaving already"});
    return;
  }
  found->second.leaving = true;
  out.emplace_back(member_leaving{found->first});
  assign_all(out);
}

void cluster_state::apply_left(const decoded_record& record, cluster_actions& out) {
  const auto member = member_id(record.as<wire::Left>().member());
  if (!members_.contains(member)) {
    out.emplace_back(ignored{"no member any more"});
    return;
  }
  end(member, member_end::left, out);
  assign_all(out);
}

/// What it said of others ends with it.
void cluster_state::end(member_id member, member_end how, cluster_actions& out) {
  const auto found = members_.find(member);
  out.emplace_back(member_ended{member, found->second.node, found->second.session, how});
  members_.erase(found);
  for (auto& [id, other] : members_) other.suspicions.erase(member);
}

/// The names that are no members, not drained, and joined longest ago.
void cluster_state::forget_nodes() {
  std::map<offset, std::string_view> gone;
  for (const auto& [name, node] : nodes_) {
    if (!node.drained && !members_.contains(member_id(node.joined.value)))
      gone.emplace(node.joined, name);
  }
  while (gone.size() > most_nodes_gone) {
    nodes_.erase(nodes_.find(gone.begin()->second));
    gone.erase(gone.begin());
  }
}

}  // namespace perdure::runtime::membership
