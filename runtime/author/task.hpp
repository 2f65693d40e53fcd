#pragma once

#include <expected>
#include <utility>

#include "runtime/author/coroutine.hpp"

namespace perdure {

template <class T>
class task;

namespace detail {

template <class T>
class task_promise final : public coroutine_base, public returning<T> {
 public:
  task_promise() : coroutine_base(std::coroutine_handle<task_promise>::from_promise(*this)) {}
  task<T> get_return_object() noexcept;
  void deliver() noexcept override;
};

/// co_await task
template <class T>
class task_awaiter {
 public:
  explicit task_awaiter(task_promise<T>* owned) : frame_(owned) {}
  task_awaiter(const task_awaiter&) = delete;
  task_awaiter& operator=(const task_awaiter&) = delete;
  ~task_awaiter() {
    if (frame_ != nullptr) {
      frame_->destroy();
    }
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> by) {
    return frame_->start_under(by.promise(), frame_);
  }
  T await_resume() { return static_cast<task_promise<T>*>(frame_)->result().take(); }

 protected:
  coroutine_base* frame_;
};

/// co_await task.outcome()
template <class T>
class task_outcome_awaiter : public task_awaiter<T> {
 public:
  using durable = void;
  using task_awaiter<T>::task_awaiter;
  std::expected<T, failure> await_resume() {
    try {
      if constexpr (std::is_void_v<T>) {
        task_awaiter<T>::await_resume();
        return {};
      } else {
        return task_awaiter<T>::await_resume();
      }
    } catch (const failure& why) {
      return std::unexpected(why);
    }
  }
};

}  // namespace detail

/// A helper coroutine of a workflow: `task<page> read(context& ctx, std::string url)`. It starts
/// when it is awaited, or spawned with ctx.spawn. Parameters by value (but context&): it may
/// outlive the caller's locals. Dropped without either, it never runs.
template <class T>
class [[nodiscard]] task {
 public:
  using durable = void;
  using value_type = T;
  using promise_type = detail::task_promise<T>;

  task(task&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    std::swap(promise_, other.promise_);
    return *this;
  }
  ~task() {
    if (promise_ != nullptr) {
      promise_->handle.destroy();
    }
  }

  /// Its value, or throws what it threw. REQUIRES: not awaited or spawned before.
  auto operator co_await() && { return detail::task_awaiter<T>(release()); }
  /// `co_await task.outcome()` gives std::expected<T, failure>; other exceptions still fly.
  auto outcome() && { return detail::task_outcome_awaiter<T>(release()); }

  /// For this library: gives up the coroutine. Throws std::logic_error if there is none any more.
  promise_type* release();

 private:
  friend promise_type;
  explicit task(promise_type* promise) : promise_(promise) {}
  promise_type* promise_;
};

}  // namespace perdure

#include "runtime/author/task_promise.hpp"
