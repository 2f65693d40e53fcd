#include "runtime/command.hpp"
#include "runtime/membership/cluster_state.hpp"

namespace perdure::runtime::membership {
namespace {

using output = fmt::appender;

void print_member(output out, const cluster_member& member) {
  fmt::format_to(out,
                 "member {} of {} session {} weight {} at {} leaving {} heartbeats {} heard {}\n",
                 member.id, member.node, member.session, member.weight, member.address,
                 member.leaving, member.heartbeats, member.heard);
  if (!member.door.empty()) fmt::format_to(out, "  door {}\n", member.door);
  for (const auto& hosts : member.hosted) {
    fmt::format_to(out, "  serves {}\n", hosts.name);
    for (const auto& agent : hosts.agents)
      fmt::format_to(out, "    agent {} build {}\n", agent.name, agent.build);
  }
  for (const auto& [by, at] : member.suspicions)
    fmt::format_to(out, "  suspected by {} at {}\n", by, at);
}

void add_member(const cluster_member& member, wire::MemberRow& row) {
  row.set_member(member.id.value);
  write_profile(member, *row.mutable_said());
  row.set_leaving(member.leaving);
  row.set_heartbeats(member.heartbeats);
  row.set_heard(member.heard.value);
  for (const auto& [by, at] : member.suspicions) {
    auto& suspicion = *row.add_suspicions();
    suspicion.set_by(by.value);
    suspicion.set_at(at.value);
  }
}

cluster_member member_of(const wire::MemberRow& row) {
  cluster_member member{profile_of(row.said()), member_id(row.member()), row.leaving(),
                        row.heartbeats(),       offset(row.heard()),     {}};
  for (const auto& suspicion : row.suspicions())
    member.suspicions[member_id(suspicion.by())] = offset(suspicion.at());
  return member;
}

void add_partition(partition_index partition, const placement& place, wire::PartitionRow& row) {
  row.set_index(partition.value);
  row.set_owner(place.owner.value);
  row.set_follower(place.follower.value);
  for (const auto& reads : place.readers) {
    auto& one = *row.add_readers();
    one.set_member(reads.member.value);
    one.set_since(reads.since.value);
    one.set_warm(reads.warm);
  }
}

placement placement_of(const wire::PartitionRow& row) {
  placement place{member_id(row.owner()), member_id(row.follower()), {}};
  for (const auto& reads : row.readers())
    place.readers.push_back({member_id(reads.member()), offset(reads.since()), reads.warm()});
  return place;
}

}  // namespace

std::string cluster_state::canonical() const {
  fmt::memory_buffer text;
  const output out(text);
  fmt::format_to(out, "applied {} records {} viewed {}\n", applied_, records_, viewed_);
  for (const auto& [name, row] : namespaces_)
    fmt::format_to(out, "namespace {} from {} of {} log {}\n", name, row.first, row.count, row.log);
  for (const auto& [name, node] : nodes_) {
    fmt::format_to(out, "node {} joined {} session {} drained {} {}\n", name, node.joined,
                   node.session, node.drains, node.drained);
  }
  for (const auto& [id, member] : members_) print_member(out, member);
  for (const auto& [index, place] : placements_) {
    fmt::format_to(out, "partition {} owner {} follower {}\n", index, place.owner, place.follower);
    for (const auto& reads : place.readers)
      fmt::format_to(out, "  read by {} since {} warm {}\n", reads.member, reads.since, reads.warm);
  }
  return fmt::to_string(text);
}

digest cluster_state::state_digest() const { return hash_bytes(canonical()); }

wire::View cluster_state::view(member_id by) const {
  wire::View view;
  view.set_by(by.value);
  view.set_follows(applied_.value);
  view.set_digest(state_digest().value);
  view.set_records(records_);
  view.set_before(viewed_.value);
  for (const auto& [name, space] : namespaces_) {
    auto& row = *view.add_namespaces();
    row.mutable_said()->set_name(name);
    row.mutable_said()->set_partitions(space.count);
    row.mutable_said()->set_incarnation(space.log.value);
    row.set_first(space.first);
  }
  for (const auto& [name, node] : nodes_) {
    auto& row = *view.add_nodes();
    row.set_node(name);
    row.set_joined(node.joined.value);
    row.set_session(node.session.value);
    row.set_drains(node.drains);
    row.set_drained(node.drained);
  }
  for (const auto& [id, member] : members_) add_member(member, *view.add_members());
  for (const auto& [index, place] : placements_)
    add_partition(index, place, *view.add_partitions());
  return view;
}

/// It counts only right behind the record that it was made of: so there it is the state.
void cluster_state::apply_view(const decoded_record& record, cluster_actions& out) {
  const auto& view = record.as<wire::View>();
  const bool at_its_place = applied_ && offset(view.follows()) == applied_;
  const auto why = at_its_place ? take(view) : std::string_view{};
  const auto forget = viewed_;
  applied_ = record.at;
  if (!at_its_place || !why.empty()) {
    if (loaded_) ++records_;
    if (at_its_place) {
      out.emplace_back(view_refused{member_id(view.by()), std::string(why)});
    } else {
      out.emplace_back(ignored{"another record stands between it and the one that it follows"});
    }
    return;
  }
  records_ = 0;
  viewed_ = offset(view.follows());
  out.emplace_back(view_taken{member_id(view.by()), forget});
}

/// Why not, if it is not; loads it if nothing is known yet. REQUIRES: it is at its place.
std::string_view cluster_state::take(const wire::View& view) {
  if (loaded_) {
    if (!members_.contains(member_id(view.by()))) return "its writer is no member";
    return state_digest() == digest(view.digest()) ? "" : "it is not what the same records gave";
  }
  cluster_state there(reading_from::first_record);
  if (!there.load(view) || there.state_digest() != digest(view.digest()))
    return "it is not what its digest says";
  *this = std::move(there);
  return {};
}

/// False for what no fold can have made.
bool cluster_state::load(const wire::View& view) {
  applied_ = offset(view.follows());
  records_ = view.records();
  viewed_ = offset(view.before());
  for (const auto& row : view.namespaces()) {
    if (!row_fits(row.first(), row.said().partitions())) return false;
    namespaces_[row.said().name()] = {row.first(), row.said().partitions(),
                                      incarnation(row.said().incarnation())};
  }
  for (const auto& row : view.nodes()) {
    nodes_[row.node()] = {offset(row.joined()), session_id(row.session()), row.drains(),
                          row.drained()};
  }
  for (const auto& row : view.members()) {
    auto member = member_of(row);
    const auto* node = find_node(member.node);
    if (node == nullptr || node->joined.value != member.id.value) return false;
    members_[member.id] = std::move(member);
  }
  for (const auto& row : view.partitions())
    placements_[partition_index(row.index())] = placement_of(row);
  return members_.contains(member_id(view.by()));
}

}  // namespace perdure::runtime::membership
