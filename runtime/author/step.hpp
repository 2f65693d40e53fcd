#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/author/time.hpp"
#include "runtime/command.hpp"

namespace perdure {

/// How a step is run and tried again. Put together from the options below.
struct step_options {
  runtime::step_mode mode = runtime::step_mode::at_least_once;
  runtime::retry_policy retry;
  runtime::duration attempt_timeout = {};
};

template <class Option>
concept step_option =
    requires(const Option& option, step_options& options) { option.apply(options); };

/// No retry becomes due later than this after the step was asked for.
struct retry_for {
  constexpr explicit retry_for(time_span total) : total(total) {}
  constexpr void apply(step_options& options) const {
    options.retry.total_time = to_duration(total);
  }
  time_span total;
};

/// At most so many attempts, the first included; `retries(1)` never tries again. Attempts lost with
/// their owner do not count.
struct retries {
  constexpr explicit retries(std::uint32_t maximum) : maximum(maximum) {}
  constexpr void apply(step_options& options) const { options.retry.maximum_attempts = maximum; }
  std::uint32_t maximum;
};

/// The waits between attempts: `initial`, then `factor` times longer each time, never over
/// `longest`.
struct backoff {
  constexpr explicit backoff(time_span initial, double factor = 2.0,
                             time_span longest = std::chrono::seconds(60))
      : initial(initial), factor(factor), longest(longest) {}
  constexpr void apply(step_options& options) const {
    constexpr double lowest = 1.0;
    constexpr double highest = 10.0;
    const double within = factor < lowest ? lowest : factor > highest ? highest : factor;
    options.retry.initial = to_duration(initial < time_span(1) ? time_span(1) : initial);
    options.retry.factor_permille = static_cast<std::uint32_t>(within * 1'000.0 + 0.5);
    options.retry.longest = to_duration(longest < initial ? initial : longest);
  }
  time_span initial;
  double factor;
  time_span longest;
};

/// How long one attempt may run, counted from its execution. A retryable failure when it passes.
struct attempt_timeout {
  constexpr explicit attempt_timeout(time_span limit) : limit(limit) {}
  constexpr void apply(step_options& options) const {
    options.attempt_timeout = to_duration(limit);
  }
  time_span limit;
};

/// Never attempted twice: an attempt lost with its owner ends the step as `outcome_unknown`
/// (DESIGN 5.2).
struct at_most_once_t {
  constexpr void apply(step_options& options) const {
    options.mode = runtime::step_mode::at_most_once;
  }
};
inline constexpr at_most_once_t at_most_once{};

/// Several options in one name: `constexpr auto patient = with_options(retry_for(72h),
/// retries(9));`
template <step_option... Option>
constexpr step_options with_options(const Option&... option) {
  step_options options;
  (option.apply(options), ...);
  return options;
}

/// A step's typed name. The function behind it is registered (registry::add_step); nothing is
/// static or global but this constant:
/// `inline constexpr step<page(std::string)> fetch_page{"fetch_page", retry_for(72h)};`
/// The options are the step's own defaults; a call may override them.
template <class Signature>
class step;

template <class R, class... A>
class step<R(A...)> {
 public:
  template <step_option... Option>
  consteval explicit step(const char* name, Option... option)
      : name_(name), defaults_(with_options(option...)) {}

  constexpr std::string_view name() const { return name_; }
  constexpr const step_options& defaults() const { return defaults_; }

 private:
  std::string_view name_;
  step_options defaults_;
};

}  // namespace perdure
