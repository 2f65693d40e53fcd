#pragma once

#include "runtime/ids.hpp"

namespace perdure::runtime::membership {

/// When a member appends its heartbeats. One number is on its way at a time, and is appended again
/// until it is read back: so whatever the log did, what lands counts once, and two numbers lie at
/// least `interval` apart. Times are monotonic; one that jumps, either way, costs one heartbeat at
/// most. Pure.
class heartbeat_timer {
 public:
  /// Both > 0. `again`: when to append the same number again.
  heartbeat_timer(duration interval, duration again) : interval_(interval), again_(again) {}

  /// The number to append now, 0: none. `last`: the member's last in the log. `suspected`: it must
  /// show that it lives, at once, and every half interval until it is read back.
  std::uint64_t due(std::uint64_t last, bool suspected, timestamp now);
  /// An own heartbeat was read back. True: it was appended because its time had come, so that it
  /// measures silence (failure_detector); false: it answered a suspicion.
  bool on_read_back(timestamp now);
  /// When the time of the newest regular one had come, or that of the next comes; 0: at once.
  timestamp regular() const { return next_; }
  /// It is no member (any more): the next one begins at once.
  void clear();
  /// When `due` has something to say next, if nothing comes before.
  timestamp next(bool suspected) const;

 private:
  duration pause(bool suspected) const { return suspected ? duration{interval_.us / 2} : again_; }

  const duration interval_;
  const duration again_;
  std::uint64_t flying_ = 0;  ///< the number that is not read back; 0: none
  bool regular_ = false;      ///< it is appended because its time had come
  timestamp sent_;
  timestamp next_;  ///< not before that, if none is on its way
};

}  // namespace perdure::runtime::membership
