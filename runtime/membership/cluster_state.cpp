#include "runtime/membership/cluster_state.hpp"

#include <algorithm>
#include <tuple>

#include "runtime/invariant.hpp"

namespace perdure::runtime::membership {
namespace {

constexpr std::size_t longest_name = 256;  // DESIGN 7.6

}  // namespace

void cluster_state::apply(const decoded_record& record, cluster_actions& out) {
  INVARIANT(record.at > applied_, "offset {} after {} in the cluster log", record.at, applied_);
  if (record.kind() == record_kind::view) return apply_view(record, out);
  applied_ = record.at;
  if (!loaded_) {
    out.emplace_back(ignored{"no view has come by yet"});
    return;
  }
  ++records_;
  switch (record.kind()) {
    case record_kind::join:
      return apply_join(record, out);
    case record_kind::heartbeat:
      return apply_heartbeat(record, out);
    case record_kind::suspect:
      return apply_suspect(record, out);
    case record_kind::gone:
      return apply_gone(record, out);
    case record_kind::leaving:
      return apply_leaving(record, out);
    case record_kind::left:
      return apply_left(record, out);
    case record_kind::drain:
      return apply_drain(record, out);
    case record_kind::name_space:
      return apply_namespace(record, out);
    case record_kind::warm:
      return apply_warm(record, out);
    default:
      out.emplace_back(ignored{"the cluster log does not take such records"});
  }
}

const cluster_member* cluster_state::find(member_id member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? nullptr : &found->second;
}

const cluster_member* cluster_state::find(session_id session) const {
  for (const auto& [id, member] : members_) {
    if (member.session == session) return &member;
  }
  return nullptr;
}

const cluster_node* cluster_state::find_node(std::string_view node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? nullptr : &found->second;
}

const cluster_namespace* cluster_state::find_namespace(std::string_view name) const {
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : &found->second;
}

std::vector<agent_place> cluster_state::agents() const {
  std::vector<agent_place> places;
  for (const auto& [id, member] : members_) {
    for (const auto& hosts : member.hosted) {
      for (const auto& agent : hosts.agents) places.push_back({hosts.name, agent, id});
    }
  }
  std::ranges::sort(places, {}, [](const agent_place& place) {
    return std::tie(place.name_space, place.agent.name, place.member);
  });
  return places;
}

/// By an operator, for a name: it outlives the node's sessions.
void cluster_state::apply_drain(const decoded_record& record, cluster_actions& out) {
  const auto& drain = record.as<wire::Drain>();
  const auto node = nodes_.find(drain.node());
  if (node == nodes_.end()) {
    out.emplace_back(ignored{"no node of that name ever joined"});
    return;
  }
  if (drain.version() != node->second.drains + 1) {
    out.emplace_back(ignored{"not the next version of the node's drain"});
    return;
  }
  node->second.drains = drain.version();
  node->second.drained = drain.drained();
  out.emplace_back(node_drained{drain.node(), drain.drained()});
  assign_all(out);
}

/// The first record of a name gives it the next free indexes, for ever.
void cluster_state::apply_namespace(const decoded_record& record, cluster_actions& out) {
  const auto& said = record.as<wire::Namespace>();
  if (namespaces_.contains(said.name())) {
    out.emplace_back(ignored{"the namespace is there already"});
    return;
  }
  std::uint32_t next = 1;
  for (const auto& [name, row] : namespaces_) next = std::max(next, row.first + row.count);
  if (said.name().empty() || said.name().size() > longest_name ||
      !row_fits(next, said.partitions())) {
    out.emplace_back(ignored{"a namespace has a name and 1 to 256 partitions, all have 65,535"});
    return;
  }
  const cluster_namespace row{next, said.partitions(), incarnation(said.incarnation())};
  namespaces_[said.name()] = row;
  out.emplace_back(namespace_added{said.name(), next, said.partitions()});
  assign_row(said.name(), row, out);
}

/// A reader that has begun later than `as_of` is cold again: that is a copy, or late.
void cluster_state::apply_warm(const decoded_record& record, cluster_actions& out) {
  const auto& warm = record.as<wire::Warm>();
  const auto member = member_id(warm.member());
  const auto before = out.size();
  for (const auto index : warm.partitions())
    warm_up(partition_index(index), member, offset(warm.as_of()), out);
  if (out.size() == before) out.emplace_back(ignored{"it is warm already, or does not read them"});
}

void cluster_state::warm_up(partition_index partition, member_id member, offset as_of,
                            cluster_actions& out) {
  const auto known = placements_.find(partition);
  const auto row = std::ranges::find_if(
      namespaces_, [&](const auto& entry) { return entry.second.has(partition); });
  if (known == placements_.end() || row == namespaces_.end()) return;
  auto place = known->second;
  const auto reads = std::ranges::find(place.readers, member, &reader::member);
  if (reads == place.readers.end() || reads->warm || reads->since > as_of) return;
  reads->warm = true;
  out.emplace_back(member_warmed{member, partition});
  const auto rank = ranking(candidates_of(row->first), partition);
  put(partition, assign(rank, place, applied_), out);
}

std::vector<candidate> cluster_state::candidates_of(std::string_view name_space) const {
  std::vector<candidate> candidates;
  for (const auto& [id, member] : members_) {
    if (member.leaving || !member.serves(name_space) || nodes_.at(member.node).drained) continue;
    candidates.push_back({id, member.node, member.weight});
  }
  return candidates;
}

void cluster_state::assign_all(cluster_actions& out) {
  for (const auto& [name, row] : namespaces_) assign_row(name, row, out);
}

void cluster_state::assign_row(std::string_view name, const cluster_namespace& row,
                               cluster_actions& out) {
  const auto candidates = candidates_of(name);
  for (std::uint32_t number = 0; number < row.count; ++number) {
    const auto partition = partition_index(row.first + number);
    const auto rank = ranking(candidates, partition);
    put(partition, assign(rank, placements_[partition], applied_), out);
  }
}

void cluster_state::put(partition_index partition, placement after, cluster_actions& out) {
  auto& place = placements_[partition];
  if (place.owner != after.owner)
    out.emplace_back(owner_changed{partition, place.owner, after.owner});
  place = std::move(after);
}

}  // namespace perdure::runtime::membership
