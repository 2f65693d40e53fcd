#pragma once

#include <map>
#include <mutex>

#include "runtime/crash_notes.hpp"

namespace perdure::actors {

/// Crash notes that a test can look at.
class memory_notes final : public runtime::crash_notes {
 public:
  void belong_to(runtime::session_id session) override {
    const std::lock_guard lock(mutex_);
    session_ = session;
    belongs_ = true;
  }
  place take(const note& who) override {
    const std::lock_guard lock(mutex_);
    taken_[next_] = who;
    return next_++;
  }
  void take_back(place where) override {
    const std::lock_guard lock(mutex_);
    taken_.erase(where);
  }
  std::optional<page> left_behind() const override {
    if (!left) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return page{session_, *left};
  }

  std::vector<note> taken() const {
    const std::lock_guard lock(mutex_);
    std::vector<note> all;
    for (const auto& [where, who] : taken_) all.push_back(who);
    return all;
  }

  /// What the process before left, and what this one leaves if it ends now.
  void begin_after(std::optional<page> before) {
    left.reset();
    if (!before) return;
    session_ = before->session;
    left = std::move(before->running);
  }
  std::optional<page> leaves() const {
    if (!belongs_) return left_behind();
    return page{session_, taken()};
  }

  std::optional<std::vector<note>> left;  ///< what the process before is to have left

 private:
  mutable std::mutex mutex_;
  std::map<place, note> taken_;
  place next_ = 0;
  runtime::session_id session_;
  bool belongs_ = false;
};

}  // namespace perdure::actors
