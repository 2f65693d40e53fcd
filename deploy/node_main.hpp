#pragma once

#include <functional>

#include "deploy/node_options.hpp"
#include "runtime/author/registry.hpp"

namespace perdure {

/// The body of a node program: `int main(int c, char** v) { return perdure::node_main(c, v,
/// register_agents); }`. Takes the flags and the configuration file of `perdure serve`, hosts what
/// `register_agents` adds, serves until SIGTERM or SIGINT, then hands over and returns. Exit codes:
/// 0 ended when asked, 1 failed (the last line on standard error says why and what to do), 2 wrong
/// flags or configuration.
int node_main(int argc, char** argv, const std::function<void(registry&)>& register_agents);

namespace deploy {

/// Runs a node with settled options until a signal ends it; node_main's second half, and `perdure
/// serve`.
int run_node(const node_options& options, const registry& offered);

}  // namespace deploy
}  // namespace perdure
