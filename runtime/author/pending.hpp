#pragma once

#include <expected>
#include <utility>

#include "runtime/author/codec.hpp"
#include "runtime/author/coroutine.hpp"
#include "runtime/author/run_core.hpp"
#include "runtime/author/wait.hpp"

namespace perdure {

namespace detail {

enum class access : bool { look, take };

[[noreturn]] void throw_undecodable(const future& from, const codec_error& why);

/// The value of a future that is settled and ok.
template <class T>
T value_of(future& from, access how) {
  if (from.kind == future::sort::task) {
    auto& value = static_cast<task_future<T>&>(from).value;
    if (!value) {
      throw_used_twice("the value of a task was taken before, and it cannot be copied");
    }
    if constexpr (std::is_void_v<T>) {
      return;
    } else if constexpr (std::is_copy_constructible_v<T>) {
      return how == access::take ? std::move(*value) : *value;
    } else {
      auto taken = std::move(*value);
      value.reset();
      return taken;
    }
  } else if constexpr (durable_value<T>) {
    try {
      return decode<T>(from.body());
    } catch (const codec_error& why) {
      throw_undecodable(from, why);
    }
  } else {
    throw_used_twice("a value that only a task can have");
  }
}

template <class T>
std::expected<T, failure> outcome_of(future& from, access how) {
  if (!from.is_ok()) {
    return std::unexpected(from.why());
  }
  if constexpr (std::is_void_v<T>) {
    value_of<T>(from, how);
    return {};
  } else {
    return value_of<T>(from, how);
  }
}

/// co_await pending
template <class T>
class pending_awaiter {
 public:
  pending_awaiter(counted_ptr<future> on, access how)
      : how_(how), wait_(1, wait::on_failure::stop) {
    member_.on = std::move(on);
    wait_.add(member_, &member_);
  }
  bool await_ready() const { return wait_.is_enough(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> by) {
    return wait_.suspend(by.promise());
  }
  T await_resume() {
    if (wait_.interrupted()) {
      throw *wait_.interrupted();
    }
    if (!member_.on->is_ok()) {
      throw member_.on->why();
    }
    return value_of<T>(*member_.on, how_);
  }

 protected:
  access how_;
  wait wait_;
  waiter member_;
};

/// co_await pending.outcome()
template <class T>
class pending_outcome_awaiter : public pending_awaiter<T> {
 public:
  using durable = void;
  using pending_awaiter<T>::pending_awaiter;
  std::expected<T, failure> await_resume() {
    if (this->wait_.interrupted()) {
      return std::unexpected(*this->wait_.interrupted());
    }
    return outcome_of<T>(*this->member_.on, this->how_);
  }
};

}  // namespace detail

/// Something that was asked for and may not have ended yet: a step, timer, call, signal or spawned
/// task. It is asked for when it is made, not when it is awaited. Dropping it leaves the thing
/// running and its result unheard (a signal that was not received yet stays for the next who asks).
template <class T>
class [[nodiscard]] pending {
 public:
  using durable = void;
  using value_type = T;

  explicit pending(detail::counted_ptr<detail::future> of) : future_(std::move(of)) {}
  pending(pending&&) noexcept = default;
  pending& operator=(pending&&) noexcept = default;

  /// The value, or throws perdure::failure. Awaiting it again gives the same again (a value that
  /// cannot be copied only once).
  auto operator co_await() & { return detail::pending_awaiter<T>(future_, detail::access::look); }
  auto operator co_await() && {
    return detail::pending_awaiter<T>(std::move(future_), detail::access::take);
  }
  /// `co_await p.outcome()`: std::expected<T, failure> instead of a throw.
  auto outcome() & { return detail::pending_outcome_awaiter<T>(future_, detail::access::look); }
  auto outcome() && {
    return detail::pending_outcome_awaiter<T>(std::move(future_), detail::access::take);
  }

  /// Whether an await would go on at once.
  bool is_settled() const { return future_ && future_->is_settled(); }

  /// Asks for its end: awaits of it fail with `cancelled` now, a step's attempt is told to stop, a
  /// called run is sent a cancel, a task's own awaits fail (it may clean up; awaits of it wait for
  /// that). Nothing if it has settled.
  void cancel() {
    if (future_ && !future_->is_settled() && future_->core != nullptr) {
      future_->core->cancel(*future_);
    }
  }

  /// For this library.
  const detail::counted_ptr<detail::future>& share() const { return future_; }

 private:
  detail::counted_ptr<detail::future> future_;
};

}  // namespace perdure
