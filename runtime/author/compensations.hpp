#pragma once

#include <functional>
#include <vector>

#include "runtime/author/context.hpp"

namespace perdure {

/// Steps that undo what was done, collected as it is done and run in reverse, outside of every
/// cancel:
///
///     compensations undo(ctx);
///     auto booked = co_await book(ctx, undo, trip).outcome();
///     if (!booked) {
///       co_await undo.run();
///       throw booked.error();
///     }
class compensations {
 public:
  explicit compensations(context& ctx) : ctx_(ctx) {}
  compensations(const compensations&) = delete;
  compensations& operator=(const compensations&) = delete;

  /// A step with its arguments and options, as for ctx.step. They are encoded now.
  template <class R, class... A, class... Given>
    requires(sizeof...(Given) >= sizeof...(A))
  void add(const step<R(A...)>& which, Given&&... given) {
    auto request = detail::step_request::make(which, std::forward<Given>(given)...);
    undo_.push_back(std::move(request));
  }

  std::size_t size() const { return undo_.size(); }
  /// What was done shall stay.
  void forget() { undo_.clear(); }

  /// Runs them one after the other, the last first, each once whether or not others fail. Then
  /// throws failure `compensation_failed`, with all failures as causes, if there were any. Await
  /// it, or keep this object alive until it has ended.
  task<void> run() { return ctx_.shielded(run_in_reverse()); }

 private:
  task<void> run_in_reverse();

  context& ctx_;
  std::vector<detail::step_request> undo_;
};

}  // namespace perdure
