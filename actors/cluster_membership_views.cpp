#include <algorithm>

#include <fmt/format.h>

#include "actors/cluster_membership.hpp"

namespace perdure::actors {
namespace {

using namespace runtime::membership;

std::string state_of(const cluster_member& member, const cluster_node& node) {
  if (!member.suspicions.empty()) return "suspected";
  if (member.leaving) return "leaving";
  return node.drained ? "drained" : "present";
}

runtime::cluster_node_status status_of(const cluster_state& folded, const cluster_member& member) {
  runtime::cluster_node_status status{member.node,
                                      member.address,
                                      state_of(member, *folded.find_node(member.node)),
                                      member.weight,
                                      0,
                                      {},
                                      member.door};
  for (const auto& hosted : member.hosted) {
    for (const auto& agent : hosted.agents)
      status.agents.push_back({hosted.name, agent.name, agent.build});
  }
  for (const auto& [index, place] : folded.placements())
    status.owns += place.owner == member.id ? 1 : 0;
  return status;
}

std::string name_of(const cluster_state& folded, member_id member) {
  const auto* found = folded.find(member);
  return found == nullptr ? std::string{} : found->node;
}

/// Nullopt: as `to_text` says it.
std::optional<std::string> line_of(const cluster_state& folded, const cluster_action& what) {
  const auto named = [&folded](member_id member) {
    const auto name = name_of(folded, member);
    return name.empty() ? fmt::format("member {}", member) : fmt::format("node '{}'", name);
  };
  if (const auto* moved = std::get_if<owner_changed>(&what)) {
    return moved->to ? fmt::format("partition {} is to be {}'s", moved->partition, named(moved->to))
                     : fmt::format("partition {} is nobody's: no node serves it", moved->partition);
  }
  if (const auto* accused = std::get_if<member_suspected>(&what))
    return fmt::format("{} has not heard of {} for a while", named(accused->by),
                       named(accused->member));
  if (const auto* alive = std::get_if<member_refuted>(&what))
    return fmt::format("{} lives", named(alive->member));
  if (const auto* joined = std::get_if<member_joined>(&what))
    return fmt::format("node '{}' has joined", joined->node);
  if (const auto* ended = std::get_if<member_ended>(&what)) {
    return fmt::format("node '{}' has {}", ended->node,
                       ended->how == member_end::left   ? "left"
                       : ended->how == member_end::gone ? "gone: nobody hears of it any more"
                                                        : "begun anew");
  }
  if (const auto* leaving = std::get_if<member_leaving>(&what))
    return fmt::format("{} hands over and leaves", named(leaving->member));
  return std::nullopt;
}

}  // namespace

void cluster_membership::report(const cluster_action& what) const {
  using level = runtime::log_line::level;
  const auto line = line_of(member_.folded(), what);
  const bool detail = std::holds_alternative<member_warmed>(what) ||
                      std::holds_alternative<owner_changed>(what) ||
                      std::holds_alternative<view_taken>(what);
  services_.report(detail ? level::debug : level::info,
                   fmt::format("cluster: {}", line ? *line : to_text(what)));
}

peer cluster_membership::owner(runtime::partition_index partition) const {
  const std::scoped_lock lock(mutex_);
  const auto held = holders_.find(partition);
  if (held == holders_.end()) return {};
  const auto* member = member_.folded().find(held->second.session);
  if (member == nullptr) return {held->second.session, {}, {}};
  return {held->second.session, member->node, member->address};
}

std::optional<bool> cluster_membership::hosts(runtime::session_id session,
                                              std::string_view name_space,
                                              std::string_view agent) const {
  const std::scoped_lock lock(mutex_);
  const auto* member = member_.folded().find(session);
  if (member == nullptr) return std::nullopt;
  return member->hosts(name_space, agent);
}

std::vector<agent_peer> cluster_membership::hosting(const runtime::agent_address& agent) const {
  const std::scoped_lock lock(mutex_);
  std::vector<agent_peer> found;
  for (const auto& [id, member] : member_.folded().members()) {
    if (const auto* hosted = member.find(agent.name_space, agent.agent))
      found.push_back({{member.session, member.node, member.address}, hosted->build});
  }
  std::ranges::sort(found, {}, [](const agent_peer& one) { return one.at.node; });
  return found;
}

bool cluster_membership::all_agents(
    std::string_view name_space,
    const std::function<bool(std::string_view agent)>& is_known) const {
  const std::scoped_lock lock(mutex_);
  const auto known = [&is_known](const hosted_agent& agent) { return is_known(agent.name); };
  return std::ranges::all_of(member_.folded().members(), [&known, name_space](const auto& member) {
    return std::ranges::all_of(
        member.second.hosted, [&known, name_space](const hosted_namespace& hosted) {
          return hosted.name != name_space || std::ranges::all_of(hosted.agents, known);
        });
  });
}

runtime::cluster_status cluster_membership::status() const {
  const std::scoped_lock lock(mutex_);
  const auto& folded = member_.folded();
  runtime::cluster_status status;
  status.node = options_.profile.node;
  status.state = name(broken_ ? member_condition::stopped : member_.condition());
  for (const auto& [id, member] : folded.members())
    status.nodes.push_back(status_of(folded, member));
  for (const auto& [node, known] : folded.nodes()) {  // through restarts, so absent too
    if (known.drained && folded.find(known.session) == nullptr)
      status.nodes.push_back({node, {}, "absent", 0, 0, {}});
  }
  std::ranges::sort(status.nodes, {}, &runtime::cluster_node_status::node);
  for (const auto& [space, row] : folded.namespaces()) {
    for (std::uint32_t number = 0; number < row.count; ++number) {
      runtime::cluster_partition_status one;
      one.name_space = space;
      one.partition = row.first + number;
      one.number_in_namespace = number;
      const auto place = folded.placements().find(runtime::partition_index(one.partition));
      if (place != folded.placements().end()) {
        one.owner = name_of(folded, place->second.owner);
        one.follower = name_of(folded, place->second.follower);
      }
      status.partitions.push_back(std::move(one));
    }
  }
  return status;
}

}  // namespace perdure::actors
