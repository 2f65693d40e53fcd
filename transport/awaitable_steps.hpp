#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "runtime/author/registry.hpp"
#include "transport/awaitable_runner.hpp"

namespace perdure {

/// Steps that wait without a thread: Boost.Asio coroutines that all run on one thread, so that
/// thousands can wait for answers at once. For waiting, not for computing: what keeps the thread
/// keeps it from all of them. Make it beside the registry and add steps to it:
///
///     awaitable_steps waiting(offered);
///     waiting.add(fetch_page, [](step_context& step, std::string url)
///         -> boost::asio::awaitable<Page> { … });
///
/// A step that is told to stop (cancelled, or its time is over) is cancelled as Asio knows it: what
/// it awaits throws `operation_aborted`. The thread ends with the last registry or object that
/// knows it, hence after the node.
class awaitable_steps {
 public:
  explicit awaitable_steps(registry& offered)
      : offered_(offered), runner_(std::make_shared<transport::awaitable_runner>()) {}

  /// `function`: awaitable<R>(A...) or awaitable<R>(step_context&, A...).
  template <class R, class... A, class F>
  void add(const step<R(A...)>& which, F function) {
    offered_.add_asynchronous_step(
        which, [runner = runner_, function = std::move(function)](
                   step_context& ctx, const payload& arguments, auto done) {
          auto values = decode_arguments<std::decay_t<A>...>(arguments);
          runner->run(ctx, run<R>(function, ctx, std::move(values), std::move(done)));
        });
  }

 private:
  /// The step and its report. Parameters by value: the coroutine outlives the call.
  template <class R, class F, class... A>
  static boost::asio::awaitable<void> run(F function, step_context& ctx, std::tuple<A...> values,
                                          std::function<void(runtime::step_report)> done) {
    runtime::step_report report;
    try {
      const auto call = [&](auto&... each) {
        if constexpr (std::is_invocable_v<F&, step_context&, A...>)
          return function(ctx, std::move(each)...);
        else
          return function(std::move(each)...);
      };
      if constexpr (std::is_void_v<R>) {
        co_await std::apply(call, values);
        report = step_registry::succeed(ctx.request(), {});
      } else {
        auto value = co_await std::apply(call, values);
        report = step_registry::succeed(ctx.request(), encode<R>(value));
      }
    } catch (...) {
      report = step_registry::fail(ctx.request(), ctx.stop());
    }
    done(std::move(report));
  }

  registry& offered_;
  std::shared_ptr<transport::awaitable_runner> runner_;
};

}  // namespace perdure
