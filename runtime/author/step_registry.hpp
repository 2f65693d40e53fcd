#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/agent_catalogue.hpp"
#include "runtime/author/codec.hpp"
#include "runtime/author/step.hpp"
#include "runtime/author/step_context.hpp"

namespace perdure {

/// A step that keeps its thread until it has ended.
using blocking_step = std::function<payload(step_context&, const payload& arguments)>;
/// A step that waits without a thread. Calls `done` once, on any thread, with a report made by
/// step_registry::succeed or fail. What it is given lives until then.
using asynchronous_step = std::function<void(step_context&, const payload& arguments,
                                             std::function<void(runtime::step_report)> done)>;
using step_function = std::variant<blocking_step, asynchronous_step>;

using runtime::step_types;

/// Steps by name, for a step runner. Filled by `main` through the registry, then only read, by any
/// number of threads.
class step_registry {
 public:
  /// Throws std::invalid_argument if the name is taken, empty or over 256 bytes.
  void add(std::string name, step_function function, step_types types = {});
  /// Null: no such step.
  const step_function* find(std::string_view name) const;
  const step_types* types_of(std::string_view name) const;
  std::vector<std::string> names() const;

  /// Runs one attempt of a blocking step on this thread and reports how it ended; `took` is
  /// measured with the environment's clock, if there is one. Nothing is thrown: a permanent_error
  /// is not retryable, every other exception is. An unknown name is a permanent `not_found`.
  runtime::step_report run(const runtime::step_attempt& attempt,
                           const step_environment& environment) const;

  /// The report of an attempt that gave a value.
  static runtime::step_report succeed(const runtime::step_attempt& attempt, payload value);
  /// The report of an attempt that threw. REQUIRES: called within a catch block.
  static runtime::step_report fail(const runtime::step_attempt& attempt, stop_reason stop);

 private:
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct registered_step {
    step_function function;
    step_types types;
  };
  std::unordered_map<std::string, registered_step, text_hash, std::equal_to<>> steps_;
};

namespace detail {

/// Decodes, calls `function` with or without the context, encodes.
template <class R, class... A, class F>
payload run_step(const F& function, step_context& ctx, const payload& arguments) {
  auto values = decode_arguments<std::decay_t<A>...>(arguments);
  const auto call = [&](auto&... each) -> R {
    if constexpr (std::is_invocable_v<const F&, step_context&, std::decay_t<A>...>) {
      return std::invoke(function, ctx, std::move(each)...);
    } else {
      return std::invoke(function, std::move(each)...);
    }
  };
  if constexpr (std::is_void_v<R>) {
    std::apply(call, values);
    return {};
  } else {
    return encode<R>(std::apply(call, values));
  }
}

template <class R, class... A>
step_types types_of_step(const step<R(A...)>&) {
  return {type_of_arguments<std::decay_t<A>...>(), type_of<R>()};
}

template <class R, class... A, class F>
blocking_step make_blocking_step(const step<R(A...)>&, F function) {
  static_assert(std::is_invocable_r_v<R, const F&, step_context&, std::decay_t<A>...> ||
                    std::is_invocable_r_v<R, const F&, std::decay_t<A>...>,
                "the function does not have the step's signature");
  return [function = std::move(function)](step_context& ctx, const payload& arguments) {
    return run_step<R, A...>(function, ctx, arguments);
  };
}

}  // namespace detail
}  // namespace perdure
