#pragma once

#include <utility>

#include "runtime/author/codec.hpp"
#include "runtime/author/coroutine.hpp"

namespace perdure {

template <class T>
class workflow;

namespace detail {

/// The part of a workflow's promise that does not depend on its type.
class workflow_promise_base : public coroutine_base {
 public:
  using coroutine_base::coroutine_base;
  void deliver() noexcept override {}
  /// The encoded value, or throws what the coroutine threw. REQUIRES: it has ended.
  virtual payload value() = 0;

 protected:
  ~workflow_promise_base() = default;
};

template <class T>
class workflow_promise final : public workflow_promise_base, public returning<T> {
 public:
  workflow_promise()
      : workflow_promise_base(std::coroutine_handle<workflow_promise>::from_promise(*this)) {}
  workflow<T> get_return_object() noexcept;
  payload value() override {
    if constexpr (std::is_void_v<T>) {
      this->result().take();
      return {};
    } else {
      return encode<T>(this->result().take());
    }
  }
};

}  // namespace detail

/// The coroutine of a run, its type forgotten: what agent_handler::start_workflow gives. Owns the
/// frame.
class workflow_body {
 public:
  workflow_body() = default;
  explicit workflow_body(detail::workflow_promise_base* owned) : promise_(owned) {}
  workflow_body(workflow_body&& other) noexcept
      : promise_(std::exchange(other.promise_, nullptr)) {}
  workflow_body& operator=(workflow_body&& other) noexcept {
    std::swap(promise_, other.promise_);
    return *this;
  }
  ~workflow_body() { reset(); }

  explicit operator bool() const { return promise_ != nullptr; }
  bool has_ended() const { return promise_->handle.done(); }
  detail::workflow_promise_base& promise() const { return *promise_; }
  void reset() {
    if (auto* promise = std::exchange(promise_, nullptr); promise != nullptr) {
      promise->destroy();
    }
  }

 private:
  detail::workflow_promise_base* promise_ = nullptr;
};

/// What a workflow operation of an agent returns: a coroutine whose value is the run's result. A
/// perdure::failure that escapes fails the run; any other exception parks it.
template <class T>
class [[nodiscard]] workflow {
  static_assert(durable_value<T>,
                "a workflow's value must have a codec (runtime/author/codec.hpp)");

 public:
  using value_type = T;
  using promise_type = detail::workflow_promise<T>;

  workflow(workflow&&) noexcept = default;
  workflow& operator=(workflow&&) noexcept = default;

  /// For generated code: `return std::move(coroutine).body();`
  workflow_body body() && { return std::move(body_); }

 private:
  friend promise_type;
  explicit workflow(promise_type* promise) : body_(promise) {}
  workflow_body body_;
};

template <class T>
workflow<T> detail::workflow_promise<T>::get_return_object() noexcept {
  return workflow<T>(this);
}

}  // namespace perdure
