#pragma once

#include "runtime/author/registry.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure {

/// Runs workflow code as C++ coroutines in this process: the first host behind the seam of
/// turn_executor (DESIGN 6.1). Thread safe; an execution it opened is used by one thread at a time.
class coroutine_host final : public runtime::turn_executor {
 public:
  /// `offered` is not changed any more, and outlives the host and what it opened.
  explicit coroutine_host(const registry& offered) : registry_(offered) {}

  std::vector<runtime::agent_description> agents() const override { return registry_.agents(); }
  runtime::expected<std::unique_ptr<runtime::execution>> open(
      const runtime::run_description& run) override;

 private:
  const registry& registry_;
};

}  // namespace perdure
