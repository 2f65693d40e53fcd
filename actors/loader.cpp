#include "actors/loader.hpp"

#include <utility>

#include <pthread.h>

namespace perdure::actors {

loader::loader() : thread_([this](const std::stop_token& stop) { work(stop); }) {}

loader::~loader() { stop(); }

void loader::submit(std::function<void()> read) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    waiting_.push_back(std::move(read));
  }
  wake_.notify_one();
}

void loader::stop() {
  std::vector<std::function<void()>>
      dropped;  // whoever waits for them hears of it, without the lock
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped = std::exchange(waiting_, {});
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void loader::work(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "perdure.read");
  while (!stop.stop_requested()) {
    std::vector<std::function<void()>> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
      batch = std::exchange(waiting_, {});
    }
    for (const auto& read : batch) {
      if (stop.stop_requested()) return;
      read();
    }
  }
}

}  // namespace perdure::actors
