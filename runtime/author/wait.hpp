#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "runtime/author/future.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::detail {

class coroutine_base;
class wait;
struct open_member;  // tag

/// One awaited future within a wait. Lives in the frame of the coroutine that awaits.
struct waiter : linked<waiter>, linked<waiter, open_member> {
  counted_ptr<future> on;
  wait* of = nullptr;
};

/// A coroutine that is suspended until enough of some futures have settled: the one machine behind
/// `co_await pending`, all, all_settled, any and for_each. Lives in the awaiter, in the coroutine's
/// frame; ending it withdraws it from everywhere.
class wait : public linked<wait> {
 public:
  static constexpr std::size_t none = ~std::size_t{0};
  enum class on_failure : bool { go_on, stop };
  /// once: awaited one time; rolling: members join while others settle (for_each).
  enum class use : bool { once, rolling };

  wait(std::size_t need, on_failure reaction, use kind = use::once)
      : need_(need), reaction_(reaction), kind_(kind) {}

  /// Adds a member. `all` is the first of an array that holds every member of this wait.
  void add(waiter& member, const waiter* all);
  /// How many must have settled, of all members up to now.
  void expect(std::size_t need) { need_ = need; }
  bool is_enough() const;
  std::size_t settled() const { return settled_; }

  /// Suspends `owner` until it is enough. False: no need to, or its scope is cancelled
  /// (`interrupted` says so).
  bool suspend(coroutine_base& owner);

  std::size_t first_settled() const { return first_settled_; }
  std::size_t first_failed() const { return first_failed_; }
  /// Why the await fails although its members did not: its scope was cancelled.
  const std::optional<failure>& interrupted() const { return interrupted_; }

  /// Called by the run when a member settled.
  void member_settled(waiter& member);
  /// Called by the run when `cancelled` was; does nothing if it does not reach the owner.
  void scope_cancelled(const scope& cancelled);
  /// Adds what would let the owner go on.
  void describe(runtime::turn_result& to);

 private:
  void count(waiter& member);
  bool awaits_task_within(const scope& cancelled);
  void wake();

  std::size_t need_;
  std::size_t settled_ = 0;
  std::size_t first_settled_ = none;
  std::size_t first_failed_ = none;
  on_failure reaction_;
  use kind_;
  const waiter* members_ = nullptr;
  chain<waiter, open_member> open_;
  coroutine_base* owner_ = nullptr;
  std::optional<failure> interrupted_;
};

}  // namespace perdure::detail
