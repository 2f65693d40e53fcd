#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "actors/adaptive_mutex.hpp"

namespace caf {
class resumable;
}

namespace perdure::actors {

/// How long a worker with nothing to do looks for work before it sleeps: a lone step must not meet
/// a sleeping worker, whose wake-up costs as much as a third of an fdatasync. Falls while looking
/// finds nothing, so that a node with little to do costs little.
class patience {
 public:
  /// About 200 us of looking, in looks, where nobody else wants the core.
  static constexpr std::uint32_t longest = 1'000, shortest = longest / 16;

  /// How often the next search looks. Now and then as long as can be: only so it learns that work
  /// has begun to come soon.
  std::uint32_t looks() { return ++searches_ % 16 == 0 ? longest : looks_; }
  void found() { looks_ = longest; }
  void missed() { looks_ = looks_ / 2 < shortest ? shortest : looks_ / 2; }

 private:
  std::uint32_t looks_ = longest, searches_ = 0;
};

/// The actors that are ready to run, for all workers in the order given. At most one worker without
/// work looks out for it and at most one is being woken: whoever takes a job and leaves others
/// wakes the next. So no job waits while workers sleep, and a stream of small jobs wakes nobody.
class ready_queue {
 public:
  /// `looks_out`: worth it where work that is waited for comes back sooner than a search ends.
  explicit ready_queue(bool looks_out) : looks_out_(looks_out) {}

  void push(caf::resumable* job);
  /// Blocks until there is one; null if the queue is closed and empty.
  caf::resumable* pop();
  /// The next one, null if there is none.
  caf::resumable* try_pop();
  /// Nobody waits any more.
  void close();

 private:
  bool wakes_another();
  caf::resumable* take();
  void look_out(std::unique_lock<adaptive_mutex>& lock);

  const bool looks_out_;
  adaptive_mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<caf::resumable*> jobs_;
  std::atomic<bool> any_ = false;
  std::size_t sleeping_ = 0;
  bool looking_ = false, waking_ = false, closed_ = false;
  patience patience_;
};

}  // namespace perdure::actors
