#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "actors/link_middleman.hpp"
#include "actors/loader.hpp"
#include "actors/step_pool.hpp"
#include "actors/watchdog.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::actors {

struct node_threads_options {
  std::size_t scheduler = 2;  ///< of the actors, 1…64
  /// One of them without work looks out for some for up to 200 us before it sleeps
  /// (docs/adr/0004-a-scheduler-of-our-own.md). Not where a way to the log and back takes longer
  /// than that.
  bool looks_out = true;
  step_pool_options steps;
  watchdog_options watch;
  std::optional<link_identity> link;  ///< none: its actors speak to no other process
};

/// The threads of a node in a process of its own, in real time: those of its actors, of its steps,
/// of its reads, and the watchdog over them. A test puts others in their place (node_services), in
/// time of its own.
class node_threads {
 public:
  using report_function = std::function<void(runtime::log_line::level, std::string)>;

  /// What is passed by reference outlives it. `report` is called by any thread; `end_process` ends
  /// the process because workflow code does not come to an end (DESIGN 5.3).
  node_threads(
      const node_threads_options& options, const perdure::step_registry& steps,
      const runtime::clock& clock, runtime::crash_notes& notes, const report_function& report,
      std::function<void()> end_process = [] { std::abort(); });

  caf::actor_system& actors() { return *actors_; }
  runtime::step_executor& steps() { return steps_; }
  read_executor& reads() { return reads_; }
  activation_watch& watch() { return watch_; }

  /// The names of the steps whose code runs now, one for each attempt. Any thread.
  std::vector<std::string> running_steps() const { return steps_.running(); }
  /// Ends them after the code at hand; what waits is dropped. REQUIRES: the node has stopped.
  void stop();

 private:
  caf::actor_system_config config_;
  watchdog watch_;
  loader reads_;
  step_pool steps_;
  std::unique_ptr<caf::actor_system> actors_;
};

}  // namespace perdure::actors
