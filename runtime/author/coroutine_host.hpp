#pragma once

#include "runtime/author/registry.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure {

/// How a host runs code.
struct host_options {
#ifdef NDEBUG
  static constexpr bool is_debug_build = false;
#else
  static constexpr bool is_debug_build = true;
#endif
  /// Each activation runs twice, and both must ask for the same (double_checked_execution).
  bool double_check = is_debug_build;
};

/// Runs workflow code as C++ coroutines in this process: the first host behind the seam of
/// turn_executor (DESIGN 6.1). Thread safe; an execution it opened is used by one thread at a time.
class coroutine_host final : public runtime::turn_executor {
 public:
  /// `offered` is not changed any more, and outlives the host and what it opened.
  explicit coroutine_host(const registry& offered, host_options options = {})
      : registry_(offered), options_(options) {}

  std::vector<runtime::agent_description> agents() const override { return registry_.agents(); }
  runtime::expected<std::unique_ptr<runtime::execution>> open(
      const runtime::run_description& run) override;

 private:
  const registry& registry_;
  host_options options_;
};

}  // namespace perdure
