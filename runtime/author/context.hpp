#pragma once

#include <optional>
#include <ranges>
#include <string>

#include <fmt/format.h>

#include "runtime/author/call.hpp"
#include "runtime/author/cancel_scope.hpp"
#include "runtime/author/codec.hpp"
#include "runtime/author/combinators.hpp"
#include "runtime/author/for_each.hpp"
#include "runtime/author/logger.hpp"
#include "runtime/author/pending.hpp"
#include "runtime/author/spawn.hpp"
#include "runtime/author/step_request.hpp"
#include "runtime/author/task.hpp"
#include "runtime/author/time.hpp"
#include "runtime/author/workflow.hpp"

namespace perdure {

/// Who a run is: ids, agent, operation, parent.
using run_description = runtime::run_description;

/// Workflow code's only door to time, chance, ids and the world. One per run; lives as long as its
/// code does. Used by the run's own coroutines alone: from another thread, or when no activation is
/// on, it throws std::logic_error and the run is parked. While a frame is destroyed (eviction,
/// shutdown, the run's end) every call is ignored.
///
/// Limits (DESIGN 7.6): 10,000 commands and 8 MiB of inputs a turn, 1 MiB per input, 256 bytes per
/// name. What is over one fails as `too_large`, where it is awaited.
class context {
 public:
  explicit context(detail::run_core& core) : log(core), core_(core) {}
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  /// Runs a registered step: its arguments, then any options, which override the step's own:
  /// `ctx.step(fetch_page, url, retry_for(72h), at_most_once)`
  template <class R, class... A, class... Given>
    requires(sizeof...(Given) >= sizeof...(A))
  pending<R> step(const perdure::step<R(A...)>& which, Given&&... given) {
    auto request = detail::step_request::make(which, std::forward<Given>(given)...);
    return pending<R>(core_.ask_step(request.name, std::move(request.arguments), request.options));
  }

  /// Ends after `length`, counted from now().
  pending<void> sleep(time_span length) {  // style: allow(sleep) a durable timer: blocks nobody
    return pending<void>(core_.ask_timer(core_.due_after(length)));
  }
  pending<void> sleep_until(timestamp at) { return pending<void>(core_.ask_timer(at)); }
  pending<void> sleep_until(time_point at) { return sleep_until(to_timestamp(at)); }

  /// The next signal of that name that nobody has received yet; fails as `timed_out` if none comes
  /// in time. Several who wait for one name are served in the order they asked.
  template <class T>
  pending<T> signal(std::string_view name, std::optional<time_span> timeout = {}) {
    static_assert(durable_value<T>, "a signal's value must have a codec");
    return pending<T>(core_.ask_signal(name, timeout));
  }
  template <class T>
  pending<T> signal(const signal_name<T>& which, std::optional<time_span> timeout = {}) {
    return signal<T>(which.name, timeout);
  }

  /// Calls another agent's operation as a run of its own. What generated clients use.
  template <class R, class Q>
  pending<R> call(const call_target& whom, const Q& request, call_options options = {}) {
    return pending<R>(core_.ask_call(whom, encode(request), std::move(options)));
  }

  /// Sends a signal to another workflow, fire and forget: a missing target is nobody's failure.
  /// Throws failure `too_large` over a limit.
  template <class T>
  void signal_workflow(std::string_view name_space, std::string_view workflow_id,
                       std::string_view name, const T& value) {
    core_.tell(name_space, workflow_id, name, encode(value));
  }

  /// Runs a task beside the others. It goes on whether or not the pending is kept; what it throws
  /// (a failure) is thrown where it is awaited.
  template <class T>
  pending<T> spawn(task<T> body) {
    return detail::spawn(core_, std::move(body));
  }

  /// f(context&, item) for every item of `range`, at most `limit` at once; f gives a pending or a
  /// task. The results in the order of the range. Fails with the first failure: no further item is
  /// begun then, those under way go on.
  template <std::ranges::input_range Range, class F>
  auto for_each(Range&& range, std::size_t limit, F f) {
    return detail::for_each(*this, core_, detail::to_items(std::forward<Range>(range)), limit,
                            std::move(f));
  }

  /// A part of the work that can be cancelled by itself.
  cancel_scope scope() { return cancel_scope(core_); }

  /// The task outside of every cancel around it: for cleaning up. Awaits of it wait for its end.
  template <class T>
  task<T> shielded(task<T> body) {
    return detail::within(core_.make_scope(detail::scope::border::shielded), std::move(body));
  }

  /// The time of this turn: the same throughout an activation and in every replay.
  timestamp now() const { return core_.now(); }
  /// The same in every replay.
  std::uint64_t random() { return core_.next_random(); }
  /// Within [0, 1).
  double random_real() { return static_cast<double>(random() >> 11U) * 0x1p-53; }
  /// A random UUID (RFC 9562, version 4), the same in every replay.
  std::string uuid();

  const run_description& info() const { return core_.run(); }

  /// `ctx.log.info("{} pages", n)`: lines shown once the turn was recorded, never again in replay.
  logger log;

  /// For this library.
  detail::run_core& core() { return core_; }

 private:
  detail::run_core& core_;
};

}  // namespace perdure
