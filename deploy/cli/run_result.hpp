#pragma once

#include <string>

#include "deploy/cli/command_context.hpp"

namespace CLI {
class App;
}

namespace perdure::deploy {

/// How long a command waits for a result: `--wait 10min`.
struct result_wait {
  runtime::duration limit = {};

  void declare(CLI::App& command);
  bool is_wanted() const { return limit.us > 0; }
};

/// Asks for a run's result until it is there or the time is over, also across restarts of the node,
/// and shows it. Ends with run_failed or still_open if it is none.
void show_result(command_context& context, const result_wait& wait, const std::string& workflow_id,
                 const std::string& run_id);

}  // namespace perdure::deploy
