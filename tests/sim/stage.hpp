#pragma once

#include <map>
#include <optional>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "runtime/ids.hpp"

namespace perdure::sim {

/// An actor system whose actors run, and whose delayed messages come, when the world says so.
class stage {
 public:
  stage();
  ~stage();

  caf::actor_system& actors() { return system_; }
  /// How many actors could run now.
  std::size_t ready() const { return coordinator_.jobs.size(); }
  /// Who that is; REQUIRES, also of run: which < ready().
  caf::actor_id id_of(std::size_t which) const;
  /// The newest actor.
  caf::actor_id newest() const { return system_.latest_actor_id(); }
  /// One of them takes one message.
  void run(std::size_t which);
  /// Whether that actor is a run's, so that users' code would run. REQUIRES: which < ready().
  bool is_of_a_run(std::size_t which) const;
  /// That actor is not ready before then. REQUIRES: which < ready().
  void put_off(std::size_t which, runtime::timestamp until);
  /// When the first delayed message comes, or an actor that was put off, in the world's time.
  std::optional<runtime::timestamp> next_due() const;
  /// What is due by then is ready.
  void pass_to(runtime::timestamp now);
  /// All actors that were told to end do.
  void clear();

 private:
  caf::actor_system_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& coordinator_;
  const caf::actor_clock::time_point begin_;
  std::multimap<runtime::timestamp, caf::resumable*> put_off_;
};

}  // namespace perdure::sim
