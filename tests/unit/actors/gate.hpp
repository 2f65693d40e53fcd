#pragma once

#include <condition_variable>
#include <mutex>

namespace perdure::actors {

/// Holds threads back until the test opens it.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  /// Until so many threads have come to the gate.
  void wait_for(int threads) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, threads] { return arrived_ >= threads; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

}  // namespace perdure::actors
