#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <variant>

#include "runtime/author/counted.hpp"
#include "runtime/author/future.hpp"
#include "runtime/author/linked.hpp"
#include "runtime/author/scope.hpp"

namespace perdure::detail {

class run_core;

/// What workflow code may await: nothing but what this library made. Anything else (a network
/// awaitable, a thread's future) would not be replayed.
template <class A>
concept durable_awaitable = requires { typename std::remove_cvref_t<A>::durable; };

/// The part of a promise that the run sees: a coroutine of a run, and its place in the tree of
/// coroutines that await each other. A root (the workflow itself, a spawned task) has no parent.
class coroutine_base : public linked<coroutine_base> {
 public:
  explicit coroutine_base(std::coroutine_handle<> handle) : handle(handle) {}

  std::coroutine_handle<> handle;
  run_core* core = nullptr;           ///< null until it is started
  counted_ptr<scope> in;              ///< may be set before the start: shielded, cancel_scope
  coroutine_base* parent = nullptr;   ///< awaits this one
  coroutine_base* child = nullptr;    ///< awaited by this one
  coroutine_base** slot = nullptr;    ///< where the parent's awaiter keeps this one
  counted_ptr<future> gives_to;       ///< if spawned: where its result goes
  std::shared_ptr<const void> keeps;  ///< what must live as long as this, e.g. a lambda

  /// Starts as the child of `by`, which awaits it; control goes to the returned coroutine.
  std::coroutine_handle<> start_under(coroutine_base& by, coroutine_base*& slot);
  /// Puts it at the end of the line of those that can go on.
  void make_ready();
  /// Destroys the frame, those awaited by it first: a deep recursion would overflow the stack the
  /// other way round.
  void destroy();
  /// A root ended: its result goes to whoever asked for it.
  virtual void deliver() noexcept = 0;

  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      return ended.promise().ended();
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }

  template <class A>
  A&& await_transform(A&& awaited) {
    static_assert(durable_awaitable<A>,
                  "workflow code awaits what the context gave, tasks and combinations of these");
    return static_cast<A&&>(awaited);
  }

 protected:
  ~coroutine_base() = default;

 private:
  std::coroutine_handle<> ended() noexcept;
};

/// A value where T may be void.
template <class T>
using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// How a coroutine ended: a value or an exception.
template <class T>
struct coroutine_result {
  static_assert(!std::is_reference_v<T>, "coroutines of a workflow return values");
  std::optional<stored<T>> value;
  std::exception_ptr error;

  T take() {
    if (error) {
      std::rethrow_exception(std::exchange(error, nullptr));
    }
    if constexpr (!std::is_void_v<T>) {
      return std::move(*value);
    }
  }
};

/// return_value or return_void, whichever T needs.
template <class T>
class returning {
 public:
  template <class U = T>
    requires std::is_convertible_v<U&&, T>
  void return_value(U&& value) {
    result_.value.emplace(std::forward<U>(value));
  }
  void unhandled_exception() noexcept { result_.error = std::current_exception(); }
  coroutine_result<T>& result() { return result_; }

 private:
  coroutine_result<T> result_;
};

template <>
class returning<void> {
 public:
  void return_void() { result_.value.emplace(); }
  void unhandled_exception() noexcept { result_.error = std::current_exception(); }
  coroutine_result<void>& result() { return result_; }

 private:
  coroutine_result<void> result_;
};

/// The future of a spawned task: holds its value as it is, whatever its type.
template <class T>
class task_future final : public future {
 public:
  task_future(run_core& core, counted_ptr<scope> asked_in)
      : future(sort::task, core, {}, std::move(asked_in)) {}
  std::optional<stored<T>> value;
};

}  // namespace perdure::detail
