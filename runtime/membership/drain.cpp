#include "runtime/membership/drain.hpp"

#include <algorithm>

namespace perdure::runtime::membership {

expected<std::string> drain_record(const cluster_state& folded, std::string_view node,
                                   drain_wish wish) {
  const auto* known = folded.find_node(node);
  if (known == nullptr) {
    return fail(errc::not_found,
                fmt::format("no node '{}' has ever joined: `perdure cluster status` shows those "
                            "that have",
                            node));
  }
  const bool drained = wish == drain_wish::drain;
  if (known->drained == drained) {
    return fail(errc::failed_state,
                fmt::format("node '{}' is {}drained already", node, drained ? "" : "not "));
  }
  wire::Drain drain;
  drain.set_node(std::string(node));
  drain.set_drained(drained);
  drain.set_version(known->drains + 1);
  return encode(record_kind::drain, drain);
}

std::vector<std::string> namespaces_only_of(const cluster_state& folded, std::string_view node) {
  std::vector<std::string> names;
  for (const auto& [name, row] : folded.namespaces()) {
    const auto may_own = [&](const auto& entry) {
      const auto& member = entry.second;
      return member.node != node && !member.leaving && member.serves(name) &&
             !folded.find_node(member.node)->drained;
    };
    if (std::ranges::none_of(folded.members(), may_own)) names.push_back(name);
  }
  return names;
}

}  // namespace perdure::runtime::membership
