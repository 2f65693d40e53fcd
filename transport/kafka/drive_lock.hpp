#pragma once

#include <atomic>

namespace perdure::transport {

/// Held by the thread that drives a log (docs/adr/0017-what-is-alone.md). Unlike a mutex's, its
/// holder may try to take it again, and is refused: a listener that is told something submits.
class drive_lock {
 public:
  bool try_lock() { return !held_.exchange(true, std::memory_order_acquire); }
  void lock() {
    while (!try_lock()) held_.wait(true, std::memory_order_relaxed);
  }
  void unlock() {
    held_.store(false, std::memory_order_release);
    held_.notify_one();
  }

 private:
  std::atomic<bool> held_ = false;
};

}  // namespace perdure::transport
