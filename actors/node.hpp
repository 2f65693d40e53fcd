#pragma once

#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "actors/gateway.hpp"
#include "actors/loader.hpp"
#include "actors/step_pool.hpp"
#include "actors/watchdog.hpp"
#include "runtime/installation.hpp"

namespace perdure::actors {

struct node_options {
  std::string name = "node";
  std::string build;
  runtime::owner_options owner;
  step_pool_options steps;
  gateway_options edge;
  watchdog_options watch;
  std::size_t scheduler_threads = 2;  ///< of the actors, 1…64
  runtime::duration drain =
      runtime::seconds(10);  ///< how long a clean stop waits for attempts that run
};

/// What a node is built on. All of it outlives the node.
struct node_services {
  runtime::log& log;
  const runtime::clock& clock;
  runtime::random_source& random;
  runtime::turn_executor& executor;
  const perdure::step_registry& steps;
  runtime::crash_notes& notes;
  std::function<void(runtime::log_line::level, std::string)> report;  ///< any thread
  /// Bytes that are free on the log's disk; empty: nobody knows. Any thread.
  std::function<std::uint64_t()> free_disk = {};
  /// Ends the process because workflow code does not come to an end (DESIGN 5.3).
  std::function<void()> end_process = [] { std::abort(); };
};

/// One node: its partitions, their workflows, steps and clients, on an opened log. Hears from the
/// log as its listener; somebody else drives the log (DESIGN 8).
class node final : public runtime::log_listener {
 public:
  /// Spawns the partitions, which claim at once; their records land when the log is driven.
  node(node_services services, runtime::installation opened, node_options options);
  ~node() override;

  void on_durable(std::span<const runtime::log_record> records) override;
  runtime::client& client() { return *gateway_; }

  /// Leaves cleanly: no new work, what runs ends (up to `drain`), every partition hands over. The
  /// log must still be driven. True: all handed over, and none has stopped. Idempotent. Returns
  /// two seconds after `drain` at the latest.
  bool drain();
  /// The names of the steps whose code runs now, one for each attempt. Any thread.
  std::vector<std::string> running_steps() const { return steps_->running(); }
  /// Ends every thread and actor; the destructor does it too. What was not handed over is claimed
  /// by the next owner as after a crash.
  void stop();

 private:
  node_services services_;
  const node_options options_;
  const runtime::routes routes_;
  const story_types types_;
  std::vector<std::shared_ptr<inbox>> inboxes_;  ///< by partition index
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<watchdog> watchdog_;
  std::unique_ptr<loader> loader_;
  std::unique_ptr<step_pool> steps_;
  std::unique_ptr<gateway> gateway_;
  caf::actor coordinator_;
  std::vector<caf::actor> partitions_;
  std::shared_ptr<std::promise<bool>> drained_;
  std::vector<std::vector<runtime::log_record>> by_partition_;  ///< the driving thread's own
  std::optional<bool> handed_over_;                             ///< what the drain came to
  bool stopped_ = false;
};

}  // namespace perdure::actors
