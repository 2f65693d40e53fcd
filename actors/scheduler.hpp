#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "actors/ready_queue.hpp"

namespace perdure::actors {

/// Delayed messages. CAF tells its clock of every actor that ends, for the time-outs that it may
/// have left; ours set none (they wait by delayed messages), so nobody is woken for that.
class message_clock final : public caf::detail::thread_safe_actor_clock {
 public:
  void cancel_timeouts(caf::abstract_actor*) override {}
};

/// Runs actors on a few threads that share one queue, as CAF's policy `sharing` does, but wakes no
/// thread for each job and looks at no job's type (docs/performance.md tells what that is worth).
/// Loaded into an actor system by its configuration: `config.load<scheduler>()`.
class scheduler : public caf::scheduler::abstract_coordinator {
 public:
  explicit scheduler(caf::actor_system& system, bool looks_out = true)
      : abstract_coordinator(system), ready_(looks_out) {}
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new scheduler(system);  // the system owns its modules
  }

  void start() override;
  void stop() override;
  void enqueue(caf::resumable* job) override { ready_.push(job); }
  caf::actor_clock& clock() noexcept override { return clock_; }

 private:
  class worker final : public caf::execution_unit {
   public:
    explicit worker(scheduler& of) : execution_unit(&of.system()), of_(of) {}
    void exec_later(caf::resumable* job) override { of_.ready_.push(job); }
    void run();

   private:
    scheduler& of_;
  };

  ready_queue ready_;
  message_clock clock_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<std::jthread> threads_;
  std::jthread clock_thread_;
};

/// The same, whose workers do not look out for work before they sleep.
class sleeping_scheduler final : public scheduler {
 public:
  explicit sleeping_scheduler(caf::actor_system& system) : scheduler(system, false) {}
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new sleeping_scheduler(system);
  }
};

}  // namespace perdure::actors
