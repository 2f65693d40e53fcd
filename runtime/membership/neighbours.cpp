#include "runtime/membership/neighbours.hpp"

namespace perdure::runtime::membership {

neighbours neighbours_of(const cluster_state& folded, const node_profile& self) {
  neighbours found;
  for (const auto& [name, row] : folded.namespaces()) {
    if (self.serves(name)) continue;
    auto& one = found[name];
    one.row = row;
    for (const bool leaving : {false, true}) {
      for (const auto& [id, member] : folded.members()) {
        if (member.leaving == leaving && !member.door.empty() && member.serves(name))
          one.doors.push_back(member.door);
      }
    }
  }
  return found;
}

bool concerns_neighbours(const cluster_action& what) {
  return std::holds_alternative<member_joined>(what) ||
         std::holds_alternative<member_leaving>(what) ||
         std::holds_alternative<member_ended>(what) ||
         std::holds_alternative<namespace_added>(what) || std::holds_alternative<view_taken>(what);
}

}  // namespace perdure::runtime::membership
