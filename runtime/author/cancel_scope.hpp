#pragma once

#include <string_view>

#include "runtime/author/spawn.hpp"

namespace perdure {

/// Work that can be cancelled together, apart from the rest of the run:
/// `auto scope = ctx.scope(); auto work = scope.spawn(search(ctx)); … scope.cancel("found");`
/// A cancel of what is around reaches it too. Ending the object cancels nothing.
class [[nodiscard]] cancel_scope {
 public:
  explicit cancel_scope(detail::run_core& core)
      : core_(core), scope_(core.make_scope(detail::scope::border::open)) {}

  template <class T>
  pending<T> spawn(task<T> body) {
    return detail::spawn(core_, run(std::move(body)));
  }
  /// The task, to be awaited (or spawned), within this scope.
  template <class T>
  task<T> run(task<T> body) {
    return detail::within(scope_, std::move(body));
  }

  /// Awaits within the scope fail with `cancelled`, what was asked for there is told to end.
  void cancel(std::string_view reason = {});
  bool is_cancelled() const { return scope_->cancelled() != nullptr; }

 private:
  detail::run_core& core_;
  detail::counted_ptr<detail::scope> scope_;
};

}  // namespace perdure
