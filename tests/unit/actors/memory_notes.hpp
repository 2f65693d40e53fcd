#pragma once

#include <map>
#include <mutex>

#include "runtime/crash_notes.hpp"

namespace perdure::actors {

/// Crash notes that a test can look at.
class memory_notes final : public runtime::crash_notes {
 public:
  place take(const note& who) override {
    const std::lock_guard lock(mutex_);
    taken_[next_] = who;
    return next_++;
  }
  void take_back(place where) override {
    const std::lock_guard lock(mutex_);
    taken_.erase(where);
  }
  std::optional<std::vector<note>> left_behind() const override { return left; }

  std::vector<note> taken() const {
    const std::lock_guard lock(mutex_);
    std::vector<note> all;
    for (const auto& [where, who] : taken_) all.push_back(who);
    return all;
  }

  std::optional<std::vector<note>> left;  ///< what the process before is to have left

 private:
  mutable std::mutex mutex_;
  std::map<place, note> taken_;
  place next_ = 0;
};

}  // namespace perdure::actors
