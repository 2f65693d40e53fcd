#include "tests/kill/parked_runs.hpp"

#include <fmt/format.h>

namespace perdure::testing {

int resume_parked(api_client& client, const std::function<void(std::string)>& problem) {
  int resumed = 0;
  for (const auto* space : {"team", "legal"}) {
    const auto answer = client.list(space, "limit=100&status=parked");
    if (!answer.is_ok()) continue;  // the node is down
    for (const auto& run : answer.body.at("runs")) {
      const auto id = run.value("workflow_id", ""), detail = run.value("detail", "");
      if (!detail.starts_with("poison")) {
        problem(fmt::format("{} is parked: {}", id, detail));
      } else if (client.control(space, id, "resume", "").is_ok()) {
        ++resumed;
      }
    }
  }
  return resumed;
}

}  // namespace perdure::testing
