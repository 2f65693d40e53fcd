#pragma once

#include <cstdint>
#include <optional>

#include "runtime/ids.hpp"

namespace perdure::transport {

/// When a partition's oldest records are deleted, and up to where: seldom, and only what nobody has
/// needed for a whole pause, so that whoever starts meanwhile or reads late still finds it. What
/// could not be deleted is tried again after the next pause. Pure; not thread-safe.
class trim_schedule {
 public:
  explicit trim_schedule(runtime::duration pause) : pause_(pause) {}

  /// What is before this place is not needed any more.
  void allow(std::int64_t before) {
    if (before > newest_) newest_ = before;
  }
  /// Delete what is before that place now; none: nothing to do.
  std::optional<std::int64_t> due(runtime::timestamp now) {
    if (now < next_) return std::nullopt;
    next_ = now + pause_;
    const auto before = ripe_;
    ripe_ = newest_;
    return before > done_ ? std::optional(before) : std::nullopt;
  }
  void on_deleted(std::int64_t before) { done_ = before; }

 private:
  const runtime::duration pause_;
  runtime::timestamp next_{};
  std::int64_t newest_ = 0;  ///< may go, as was said last
  std::int64_t ripe_ = 0;    ///< as was said a pause ago
  std::int64_t done_ = 0;
};

}  // namespace perdure::transport
