#include "transport/submit_queue.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include "runtime/invariant.hpp"

namespace perdure::transport {
namespace {

/// About a microsecond.
constexpr int looks_per_yield = 32;
/// If so much passes between two looks, others need the core: then it is better to sleep, since
/// a thread that is woken comes before those that have just run.
constexpr runtime::duration busy{10};

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void submit_queue::push(runtime::append_request request) {
  bool wake = false;
  {
    std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(request));
    signalled_.store(true, std::memory_order_release);
    wake = std::exchange(sleeping_, false);
  }
  if (wake) wake_.notify_one();
}

bool submit_queue::is_empty() {
  const std::scoped_lock lock(mutex_);
  return waiting_.empty();
}

void submit_queue::take(std::vector<runtime::append_request>& into) {
  INVARIANT(into.empty(), "{} requests were not written yet", into.size());
  if (!ready()) return;
  std::scoped_lock lock(mutex_);
  std::swap(into, waiting_);
  signalled_.store(interrupted_, std::memory_order_release);
}

bool submit_queue::spin_until_ready() const {
  if (ready()) return true;
  if (spin_.us == 0) return false;
  runtime::timestamp last = clock_.monotonic();
  const runtime::timestamp end = last + spin_;
  while (last < end) {
    for (int i = 0; i < looks_per_yield; ++i) {
      if (ready()) return true;
      relax();
    }
    // Whoever would submit may wait for this very core.
    std::this_thread::yield();
    runtime::timestamp now = clock_.monotonic();
    if (now - last > busy) return ready();
    last = now;
  }
  return ready();
}

void submit_queue::wait(runtime::duration limit) {
  bool found = spin_until_ready();
  std::unique_lock lock(mutex_);
  if (!found && !ready()) {
    sleeping_ = true;
    wake_.wait_for(lock, std::chrono::microseconds(limit.us), [this] { return ready(); });
    sleeping_ = false;
  }
  if (std::exchange(interrupted_, false)) {
    signalled_.store(!waiting_.empty(), std::memory_order_release);
  }
}

void submit_queue::interrupt() {
  {
    std::scoped_lock lock(mutex_);
    interrupted_ = true;
    signalled_.store(true, std::memory_order_release);
    sleeping_ = false;
  }
  wake_.notify_one();
}

}  // namespace perdure::transport
