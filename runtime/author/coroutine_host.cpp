#include "runtime/author/coroutine_host.hpp"

#include <algorithm>

#include "runtime/author/coroutine_execution.hpp"
#include "runtime/author/double_checked_execution.hpp"

namespace perdure {

using runtime::errc;
using runtime::operation_kind;

runtime::expected<std::unique_ptr<runtime::execution>> coroutine_host::open(
    const runtime::run_description& run) {
  const auto* agent = registry_.find_agent(run.agent);
  if (agent == nullptr) {
    return runtime::fail(errc::not_found,
                         fmt::format("no agent `{}` is registered here", run.agent));
  }
  const auto& operations = agent->description.operations;
  const auto operation =
      std::find_if(operations.begin(), operations.end(),
                   [&](const auto& offered) { return offered.name == run.operation; });
  if (operation == operations.end() || (operation->kind != operation_kind::workflow &&
                                        operation->kind != operation_kind::function)) {
    return runtime::fail(errc::not_found,
                         fmt::format("agent `{}` of build {} has no operation `{}` that can be run",
                                     run.agent, agent->description.build, run.operation));
  }
  auto execution = std::make_unique<coroutine_execution>(*agent, operation->kind, run);
  if (!options_.double_check) {
    return execution;
  }
  return std::make_unique<double_checked_execution>(
      std::move(execution), std::make_unique<coroutine_execution>(*agent, operation->kind, run));
}

}  // namespace perdure
