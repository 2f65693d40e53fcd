#include "runtime/membership/cluster_member.hpp"

#include <algorithm>

namespace perdure::runtime::membership {

bool node_profile::serves(std::string_view name_space) const {
  return std::ranges::find(hosted, name_space, &hosted_namespace::name) != hosted.end();
}

const hosted_agent* node_profile::find(std::string_view name_space, std::string_view agent) const {
  const auto space = std::ranges::find(hosted, name_space, &hosted_namespace::name);
  if (space == hosted.end()) return nullptr;
  const auto found = std::ranges::find(space->agents, agent, &hosted_agent::name);
  return found == space->agents.end() ? nullptr : &*found;
}

node_profile profile_of(const wire::Join& join) {
  node_profile profile{join.node(),
                       session_id(join.session()),
                       std::clamp<std::uint32_t>(join.weight(), 1, highest_weight),
                       join.address(),
                       {},
                       join.door()};
  for (const auto& hosts : join.hosted()) {
    auto& one = profile.hosted.emplace_back(hosted_namespace{hosts.namespace_(), {}});
    for (const auto& agent : hosts.agents()) one.agents.push_back({agent.name(), agent.build()});
  }
  return profile;
}

void write_profile(const node_profile& profile, wire::Join& out) {
  out.set_node(profile.node);
  out.set_session(profile.session.value);
  out.set_weight(profile.weight);
  out.set_address(profile.address);
  out.set_door(profile.door);
  for (const auto& hosts : profile.hosted) {
    auto& one = *out.add_hosted();
    one.set_namespace_(hosts.name);
    for (const auto& agent : hosts.agents) {
      auto& told = *one.add_agents();
      told.set_name(agent.name);
      told.set_build(agent.build);
    }
  }
}

}  // namespace perdure::runtime::membership
