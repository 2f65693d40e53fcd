#include "deploy/cli/run_result.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "deploy/cli/time_flag.hpp"

namespace perdure::deploy {
namespace {

using runtime::duration;
using runtime::seconds;

constexpr auto longest_poll = seconds(50);  ///< the API cuts it at 60 s
constexpr auto between_attempts = runtime::milliseconds(200);

bool is_closed(const json& result) {
  const auto status = text_of(result, "status");
  return status != "open" && status != "paused" && status != "parked";
}

/// A node that restarts is gone for a moment; the workflow is not.
bool may_come_back(const api_failure& failure) {
  return failure.exit == exit_code::unavailable || failure.exit == exit_code::unknown;
}

std::expected<json, api_failure> poll(command_context& context, const std::string& path,
                                      duration wait) {
  const auto connected = context.api();
  if (!connected) return std::unexpected(connected.error());
  const auto joined = path + (path.contains('?') ? "&" : "?");
  return (*connected)
      ->get(context.in_namespace(fmt::format("{}wait={}us", joined, wait.us)),
            duration{wait.us + seconds(20).us});
}

std::expected<json, api_failure> wait_for(command_context& context, const std::string& path,
                                          duration limit) {
  const auto& clock = context.world().clock;
  const auto end = clock.monotonic() + limit;
  while (true) {
    const auto left = std::max(duration{}, end - clock.monotonic());
    auto result = poll(context, path, std::min(left, longest_poll));
    const bool settled = result ? is_closed(*result) : !may_come_back(result.error());
    if (settled || clock.monotonic() >= end) return result;
    if (!result) context.world().pause(std::min(between_attempts, end - clock.monotonic()));
  }
}

std::string told(const json& result) {
  if (const auto failure = result.find("failure"); failure != result.end()) {
    return fmt::format("{} {}: {}\n", text_of(result, "workflow_id"), text_of(result, "status"),
                       failure_in_words(*failure));
  }
  if (const auto output = result.find("output"); output != result.end()) {
    return whole_value(*output) + "\n";
  }
  return fmt::format("{} is {}\n", text_of(result, "workflow_id"), text_of(result, "status"));
}

}  // namespace

void result_wait::declare(CLI::App& command) {
  declare_time_flag(command, "--wait", limit, "Wait so long for the result, such as 30s or 10min");
}

void show_result(command_context& context, const result_wait& wait, const std::string& workflow_id,
                 const std::string& run_id) {
  const auto path =
      command_context::workflow_path(workflow_id) + "/result" + command_context::run_query(run_id);
  const auto result = wait_for(context, path, wait.limit);
  if (!result) return context.fail(result.error());
  context.show(*result, told(*result));
  if (!is_closed(*result)) {
    context.end_with(exit_code::still_open);
  } else if (text_of(*result, "status") != "completed") {
    context.end_with(exit_code::run_failed);
  }
}

}  // namespace perdure::deploy
