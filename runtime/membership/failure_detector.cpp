#include "runtime/membership/failure_detector.hpp"

namespace perdure::runtime::membership {

void failure_detector::on_own_heartbeat(const cluster_state& folded, member_id self) {
  std::erase_if(beats_, [&](const auto& entry) { return folded.find(entry.first) == nullptr; });
  for (const auto& [id, other] : folded.members()) {
    if (id != self) ++beats_[id];
  }
}

std::vector<failure_detector::finding> failure_detector::findings(const cluster_state& folded,
                                                                  member_id self) const {
  std::vector<finding> found;
  for (const auto& [id, beats] : beats_) {
    const auto* other = folded.find(id);
    if (other == nullptr) continue;
    const bool accused = other->suspicions.contains(self);
    if (beats < (accused ? gone_after_ : suspect_after_)) continue;
    found.push_back({id, accused ? verdict::gone : verdict::suspect});
  }
  return found;
}

}  // namespace perdure::runtime::membership
