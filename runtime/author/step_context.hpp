#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "runtime/author/time.hpp"
#include "runtime/clock.hpp"
#include "runtime/step_executor.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure {

/// Why a running attempt should stop.
enum class stop_reason : std::uint8_t { none, cancelled, timed_out };

/// What a step runner gives to one attempt. The flag and the clock outlive it.
struct step_environment {
  const std::atomic<stop_reason>* stop = nullptr;
  const runtime::clock* clock = nullptr;
  runtime::timestamp monotonic_deadline = {};  ///< by clock->monotonic(); 0: none
  std::function<void(runtime::log_line)> log;  ///< may be empty
};

/// What a step sees of its attempt. Lives on the thread that runs it.
class step_context {
 public:
  step_context(const runtime::step_attempt& attempt, const step_environment& environment)
      : attempt_(attempt), environment_(environment) {}

  /// The same for every attempt of this step and for no other step: give it to whatever the step
  /// calls, so that a repeated attempt has its effect once.
  std::string_view idempotency_key() const { return attempt_.key; }
  /// 1, 2, 3…
  std::uint32_t attempt() const { return attempt_.attempt.value; }
  std::string_view step_name() const { return attempt_.name; }
  /// Which run asked, in the words of logs: "3/1742.1" is partition and key.
  std::string run() const { return fmt::format("{}/{}", attempt_.partition.value, attempt_.run); }

  /// Nobody waits for the result any more, or the attempt's time is over: stop soon, by any way
  /// out. Long steps poll this.
  bool is_cancelled() const { return stop() != stop_reason::none; }
  /// Throws a failure that ends the attempt, if is_cancelled().
  void throw_if_cancelled() const;
  stop_reason stop() const {
    return environment_.stop == nullptr ? stop_reason::none
                                        : environment_.stop->load(std::memory_order_relaxed);
  }
  /// What is left of the attempt's time, never negative; none: no limit.
  std::optional<time_span> time_left() const;

  /// For step runners: what was asked for.
  const runtime::step_attempt& request() const { return attempt_; }

  template <class... A>
  void log(runtime::log_line::level severity, fmt::format_string<A...> text,
           A&&... arguments) const {
    if (environment_.log) {
      environment_.log({severity, fmt::format(text, std::forward<A>(arguments)...)});
    }
  }

 private:
  const runtime::step_attempt& attempt_;
  const step_environment& environment_;
};

}  // namespace perdure
