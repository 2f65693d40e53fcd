#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "runtime/membership/cluster_state.hpp"

namespace perdure::runtime::membership {

/// Whom one member has not heard of for too long. Silence is counted in its own heartbeats that it
/// has read back, never in time: what stops the log, its own process or its clock stops the count
/// (docs/adr/0010-membership.md). Pure; lives beside its `cluster_state`.
class failure_detector {
 public:
  /// In own heartbeats, at least 1 each: from the last sign of life to the suspicion, and from
  /// there to the end.
  failure_detector(std::uint32_t suspect_after, std::uint32_t gone_after)
      : suspect_after_(suspect_after), gone_after_(gone_after) {}

  /// Another member gave a sign of life.
  void on_heard(member_id other) { beats_.erase(other); }
  /// This member's suspicion of it was read back.
  void on_suspected(member_id other) { beats_[other] = 0; }
  /// An own heartbeat was read back that was appended because its time had come.
  void on_own_heartbeat(const cluster_state& folded, member_id self);
  /// It is no member any more, or has lost its place in the log.
  void clear() { beats_.clear(); }

  enum class verdict : std::uint8_t { suspect = 1, gone };
  struct finding {
    member_id member;
    verdict what;
  };
  /// What is to be said now, of the silent ones in order of age.
  std::vector<finding> findings(const cluster_state& folded, member_id self) const;

 private:
  const std::uint32_t suspect_after_;
  const std::uint32_t gone_after_;
  /// Of the silent: since their last sign of life, or since the own suspicion of them.
  std::map<member_id, std::uint32_t> beats_;
};

}  // namespace perdure::runtime::membership
