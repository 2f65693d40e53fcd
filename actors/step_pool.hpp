#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>
#include <vector>

#include "actors/adaptive_mutex.hpp"
#include "runtime/author/step_registry.hpp"
#include "runtime/clock.hpp"
#include "runtime/crash_notes.hpp"
#include "runtime/step_executor.hpp"

namespace perdure::actors {

struct step_pool_options {
  std::size_t threads = 64;  ///< 1…1,024
  /// How long an attempt waits behind others before one more thread is woken, in microseconds,
  /// 10…100,000.
  std::uint32_t patience_us = 100;
};

/// Runs attempts of steps on threads of its own. Short steps run one behind the other on few
/// threads: another thread is woken only for what has waited a moment, so that a stream of tiny
/// steps does not pay for switches. An attempt's time-out counts from its execution; when it passes
/// the attempt is reported as `timed_out` and told to stop, and its thread is free again when it
/// obeys.
class step_pool final : public runtime::step_executor {
 public:
  using log_function = std::function<void(runtime::log_line)>;

  /// What is passed by reference outlives the pool. `log` is called by any thread.
  step_pool(const perdure::step_registry& steps, const runtime::clock& clock,
            runtime::crash_notes& notes, step_pool_options options, log_function log);
  ~step_pool() override;

  void start(std::vector<runtime::ordered_attempt> attempts) override;
  void cancel(runtime::partition_index partition, runtime::run_key run, runtime::thing_number step,
              runtime::attempt_number attempt) override;

  /// The names of the steps whose code runs now, one for each attempt. Any thread.
  std::vector<std::string> running() const;
  /// Tells every attempt to stop, drops what waits, waits until what runs has ended. Nothing is
  /// reported any more.
  void stop();

 private:
  struct task {
    runtime::step_attempt attempt;
    std::function<void(runtime::step_report)> done;
    perdure::step_environment environment;
    std::unique_ptr<perdure::step_context> context;  ///< of an asynchronous step
    std::atomic<perdure::stop_reason> stop{perdure::stop_reason::none};
    std::atomic<bool> reported{false}, finished{false};
    runtime::timestamp queued, begun;  ///< monotonic
  };
  using task_ptr = std::shared_ptr<task>;

  void work(std::size_t self);
  void watch();
  void execute(const task_ptr& what);
  void finish(const task_ptr& what, runtime::step_report result);
  static void report(task& what, runtime::step_report result);
  void start_deadline(const task_ptr& what);
  /// Reports what is over its time; the next deadline, {0} if none. REQUIRES: mutex_ held by
  /// `lock`; lets go of it in between.
  runtime::timestamp end_overdue(std::unique_lock<adaptive_mutex>& lock);
  /// The thread to wake for what waits, none if all are awake. REQUIRES: mutex_ held; the caller
  /// wakes it when it has let go of it.
  std::optional<std::size_t> next_to_wake();

  const perdure::step_registry& steps_;
  const runtime::clock& clock_;
  runtime::crash_notes& notes_;
  const step_pool_options options_;
  const log_function log_;

  mutable adaptive_mutex mutex_;
  std::condition_variable_any watch_, ended_;
  std::deque<task_ptr> waiting_;
  std::vector<task_ptr> running_;       ///< by thread
  std::vector<task_ptr> asynchronous_;  ///< running without a thread
  std::vector<task_ptr> timed_;         ///< running with a deadline
  std::vector<std::size_t> idle_;       ///< threads; the last is woken first: its memory is warm
  std::deque<std::binary_semaphore> wake_;  ///< by thread
  bool watching_ = false;                   ///< the watcher looks at the queue by itself
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
  std::jthread watcher_;
};

}  // namespace perdure::actors
