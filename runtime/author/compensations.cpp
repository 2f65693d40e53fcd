#include "runtime/author/compensations.hpp"

namespace perdure {

task<void> compensations::run_in_reverse() {
  failure_info failed{outcome::failed, "compensation_failed", {}, {}, {}};
  while (!undo_.empty()) {
    auto next = std::move(undo_.back());
    undo_.pop_back();
    const auto undone =
        co_await pending<void>(
            ctx_.core().ask_step(next.name, std::move(next.arguments), next.options))
            .outcome();
    if (!undone) {
      failed.message += fmt::format("{}{}", failed.message.empty() ? "" : "; ",
                                    runtime::to_text(undone.error().info()));
      failed.causes.push_back(undone.error().info());
    }
  }
  if (!failed.causes.empty()) {
    throw failure(std::move(failed));
  }
}

}  // namespace perdure
