#pragma once

#include <optional>

#include "runtime/author/counted.hpp"
#include "runtime/author/failure.hpp"

namespace perdure::detail {

/// What can be cancelled together: each coroutine runs in a scope, each thing is asked for in one.
/// The root is the run itself; every spawned task has one of its own.
class scope final : public counted {
 public:
  enum class border : bool { open, shielded };  ///< shielded: no cancel comes in from outside

  scope() = default;
  scope(counted_ptr<scope> outer, border kind) : outer_(std::move(outer)), border_(kind) {}
  ~scope() override;

  void cancel(failure why) { why_ = std::move(why); }
  /// The nearest cancelled scope at or around this one that reaches it; null: not cancelled.
  const scope* cancelled() const;
  /// Whether a cancel of `other` reaches this one.
  bool is_within(const scope& other) const;
  /// REQUIRES: cancelled itself.
  const failure& why() const { return *why_; }

 private:
  counted_ptr<scope> outer_;
  border border_ = border::open;
  std::optional<failure> why_;
};

}  // namespace perdure::detail
