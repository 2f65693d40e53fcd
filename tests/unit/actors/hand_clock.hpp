#pragma once

#include <atomic>
#include <thread>

#include "runtime/clock.hpp"

namespace perdure::actors {

/// Time that passes when the test says so, for any thread.
class hand_clock final : public runtime::clock {
 public:
  runtime::timestamp now() const override { return {us_ - behind_us_}; }
  runtime::timestamp monotonic() const override { return {us_.load()}; }
  void pass(runtime::duration time) { us_ += time.us; }
  /// As somebody would set the machine's clock: other than the time that has passed.
  void set_back(runtime::duration by) { behind_us_ = by.us; }

 private:
  std::atomic<std::int64_t> us_{1'000'000'000}, behind_us_{0};
};

/// Lets time pass as long as it lives.
class passing_time {
 public:
  explicit passing_time(hand_clock& clock)
      : thread_([&clock](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            clock.pass(runtime::duration{20});
            std::this_thread::yield();
          }
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace perdure::actors
