#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deploy/option.hpp"
#include "runtime/ids.hpp"
#include "runtime/owner.hpp"
#include "transport/embedded_log_options.hpp"

namespace perdure::deploy {

/// One team's world on this node (DESIGN 1).
struct namespace_options {
  std::string name = "default";
  std::uint32_t partitions = 4;
  std::vector<std::string> callers;  ///< other namespaces whose agents may call this one's
  runtime::duration retention = runtime::seconds(7 * 24 * 3600);
};

struct step_options {
  std::uint32_t threads = 64;
};

struct scheduler_options {
  std::uint32_t threads = 0;  ///< 0: as many as there are cores
};

enum class stuck_reaction : std::uint8_t { report, end_process };

struct watchdog_options {
  runtime::duration activation_cpu = runtime::seconds(2);
  stuck_reaction on_stuck = stuck_reaction::report;
};

/// When the edge refuses instead of queueing (DESIGN 3.5).
struct edge_options {
  std::uint64_t requests_in_flight = 20'000;
  std::uint64_t bytes_in_flight = std::uint64_t{256} << 20;
  std::uint64_t unapplied_bytes = std::uint64_t{64} << 20;
  std::uint64_t free_disk_bytes = std::uint64_t{512} << 20;
};

enum class log_level : std::uint8_t { debug, info, warning, error };

/// All that can be set about a node.
struct node_options {
  std::string data_directory = "perdure-data";
  std::string node = "node-1";
  std::vector<namespace_options> namespaces = {namespace_options{}};
  transport::embedded_log_options log;  ///< its directory is within the data directory
  runtime::owner_options owner;
  step_options steps;
  scheduler_options scheduler;
  watchdog_options watchdog;
  edge_options edge;
  log_level level = log_level::info;
};

/// The declarations, in the order of the documentation. Those of one section stand together.
std::vector<option<node_options>> declare_node_options();
std::vector<option<namespace_options>> declare_namespace_options();

/// What no single declaration can see: names twice, callers that are not there, sizes that do not
/// fit each other. Errors are sentences for people; none: all is well.
std::vector<std::string> check(const node_options& options);

}  // namespace perdure::deploy
