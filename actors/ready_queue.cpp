#include "actors/ready_queue.hpp"

#include <thread>

namespace perdure::actors {
namespace {

/// Whoever has work goes first: on a machine of few cores the log's writer, back from the disk, or
/// a step's thread waits for this very core (docs/performance.md has the figures).
constexpr std::uint32_t looks_per_yield = 4;

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  for (int i = 0; i < 4; ++i) __builtin_ia32_pause();
#elif defined(__aarch64__)
  for (int i = 0; i < 4; ++i) __asm__ __volatile__("isb");
#endif
}

}  // namespace

/// REQUIRES: mutex_ held. Whether the caller must notify when it has let go of it.
bool ready_queue::wakes_another() {
  if (jobs_.empty() || sleeping_ == 0 || looking_ || waking_) return false;
  return waking_ = true;
}

void ready_queue::push(caf::resumable* job) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(job);
    any_.store(true, std::memory_order_relaxed);
    wakes = wakes_another();
  }
  if (wakes) wake_.notify_one();
}

/// REQUIRES: mutex_ held, there is one.
caf::resumable* ready_queue::take() {
  auto* job = jobs_.front();
  jobs_.pop_front();
  any_.store(!jobs_.empty(), std::memory_order_relaxed);
  return job;
}

caf::resumable* ready_queue::pop() {
  std::unique_lock lock(mutex_);
  while (jobs_.empty()) {
    if (closed_) return nullptr;
    if (looks_out_ && !looking_) look_out(lock);
    if (!jobs_.empty() || closed_) continue;
    ++sleeping_;
    wake_.wait(lock, [this] { return waking_ || closed_; });
    --sleeping_;
    waking_ = false;
  }
  auto* job = take();
  const bool wakes = wakes_another();
  lock.unlock();
  if (wakes) wake_.notify_one();
  return job;
}

caf::resumable* ready_queue::try_pop() {
  const std::lock_guard lock(mutex_);
  return jobs_.empty() ? nullptr : take();
}

void ready_queue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    any_.store(true, std::memory_order_relaxed);  // whoever looks out need not look on
  }
  wake_.notify_all();
}

void ready_queue::look_out(std::unique_lock<adaptive_mutex>& lock) {
  looking_ = true;
  const auto looks = patience_.looks();
  lock.unlock();
  for (std::uint32_t i = 0; i < looks && !any_.load(std::memory_order_relaxed); ++i) {
    relax();
    if (i % looks_per_yield == 0) std::this_thread::yield();
  }
  lock.lock();
  looking_ = false;
  if (jobs_.empty())
    patience_.missed();
  else
    patience_.found();
}

}  // namespace perdure::actors
