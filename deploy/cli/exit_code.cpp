#include "deploy/cli/exit_code.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace perdure::deploy {
namespace {

constexpr auto descriptions = std::to_array<exit_code_description>({
    {exit_code::ok, "ok", "done"},
    {exit_code::failed, "failed", "an error in the node or in this program"},
    {exit_code::usage, "usage", "the command line or the configuration is wrong; nothing was done"},
    {exit_code::not_found, "not_found", "no such workflow, agent, operation, file or log"},
    {exit_code::refused, "refused",
     "the node refused: a wrong value, an id in use, a state that does not allow it, a limit"},
    {exit_code::unavailable, "unavailable",
     "no node answers there, or it takes no more work now; nothing was done: try again"},
    {exit_code::unknown, "unknown",
     "no answer came: it may have been done. Repeat it with the same --key"},
    {exit_code::run_failed, "run_failed",
     "the workflow whose result was asked for ended otherwise than completed"},
    {exit_code::still_open, "still_open", "the workflow had not ended when the --wait ran out"},
    {exit_code::damaged, "damaged", "log verify or log dump found damage"},
});

constexpr auto api_codes = std::to_array<std::pair<std::string_view, exit_code>>({
    {"invalid_argument", exit_code::refused},
    {"denied", exit_code::refused},
    {"not_found", exit_code::not_found},
    {"already_exists", exit_code::refused},
    {"failed_state", exit_code::refused},
    {"too_late", exit_code::refused},
    {"too_large", exit_code::refused},
    {"overloaded", exit_code::unavailable},
    {"unavailable", exit_code::unavailable},
    {"locked", exit_code::unavailable},
    {"no_space", exit_code::unavailable},
    {"timed_out", exit_code::unknown},
    {"outcome_unknown", exit_code::unknown},
});

}  // namespace

std::span<const exit_code_description> exit_codes() { return descriptions; }

exit_code exit_code_of(std::string_view api_code) {
  const auto found =
      std::ranges::find(api_codes, api_code, [](auto& entry) { return entry.first; });
  return found == api_codes.end() ? exit_code::failed : found->second;
}

}  // namespace perdure::deploy
