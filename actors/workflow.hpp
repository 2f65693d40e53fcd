#pragma once

#include <memory>

#include "actors/activation_watch.hpp"
#include "actors/inbox.hpp"
#include "runtime/crash_notes.hpp"

namespace perdure::actors {

/// What every workflow actor of a partition shares. Outlives them.
struct workflow_host {
  runtime::partition_index partition;
  runtime::turn_executor& executor;
  runtime::crash_notes& notes;
  activation_watch& watch;
  std::shared_ptr<inbox> reports;
};

/// A resident run: owns the frame, runs its code one activation at a time, reports to its
/// partition. Knows nothing of the log: what it reports has no effect until the partition has read
/// it back.
class workflow_actor : public caf::event_based_actor {
 public:
  /// `frame` tells it from other actors of the same run.
  workflow_actor(caf::actor_config& config, std::shared_ptr<const workflow_host> host,
                 runtime::run_key run, std::uint64_t frame);

 protected:
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  void run(const run_order& order);
  void answer(const query_task& query);

  std::shared_ptr<const workflow_host> host_;
  const runtime::run_key run_;
  const std::uint64_t frame_;
  std::string who_;  ///< for the watch
  std::unique_ptr<runtime::execution> execution_;
};

}  // namespace perdure::actors
