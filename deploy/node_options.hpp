#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deploy/embedded_node.hpp"
#include "deploy/option.hpp"
#include "runtime/installation.hpp"
#include "transport/http_server_options.hpp"

namespace perdure::deploy {

enum class stuck_reaction : std::uint8_t { report, end_process };

/// What is done about workflow code that does not come back (DESIGN 5.3).
struct watchdog_options {
  runtime::duration activation_cpu = runtime::seconds(2);
  stuck_reaction on_stuck = stuck_reaction::report;
};

/// All that can be set about a node, put together from what its parts take.
struct node_options {
  node_options();

  embedded_node_options embedded;
  transport::http_server_options http;
  watchdog_options watchdog;
  runtime::log_line::level log_level = runtime::log_line::level::info;
};

/// The declarations, in the order of the documentation. Those of one section stand together.
std::vector<option<node_options>> declare_node_options();
std::vector<option<runtime::namespace_options>> declare_namespace_options();

/// What no single declaration can see: names twice, callers that are not there, sizes that do not
/// fit each other. Errors are sentences for people; none: all is well.
std::vector<std::string> check(const node_options& options);

}  // namespace perdure::deploy
