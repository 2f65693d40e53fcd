#include "actors/step_pool.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <pthread.h>

namespace perdure::actors {
namespace {

runtime::step_report ended(const runtime::step_attempt& attempt, runtime::outcome how,
                           bool retryable) {
  return {attempt.partition, attempt.run, attempt.step, attempt.attempt, how, retryable, {}, {}};
}

}  // namespace

step_pool::step_pool(const perdure::step_registry& steps, const runtime::clock& clock,
                     runtime::crash_notes& notes, step_pool_options options, log_function log)
    : steps_(steps),
      clock_(clock),
      notes_(notes),
      options_(options),
      log_(std::move(log)),
      running_(options.threads) {
  for (std::size_t i = 0; i < options_.threads; ++i) wake_.emplace_back(0);
  idle_.reserve(options_.threads);
  threads_.reserve(options_.threads);
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { work(i); });
  watcher_ = std::jthread([this] { watch(); });
}

step_pool::~step_pool() { stop(); }

void step_pool::start(std::vector<runtime::ordered_attempt> attempts) {
  const auto queued = clock_.monotonic();
  std::vector<task_ptr> added;
  added.reserve(attempts.size());
  for (auto& [attempt, done] : attempts) {
    auto& one = *added.emplace_back(std::make_shared<task>());
    one.attempt = std::move(attempt);
    one.done = std::move(done);
    one.queued = queued;
  }
  std::optional<std::size_t> wakes;
  bool wakes_watcher = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.insert(waiting_.end(), std::make_move_iterator(added.begin()),
                    std::make_move_iterator(added.end()));
    if (idle_.size() == options_.threads) wakes = next_to_wake();
    wakes_watcher = !watching_ && !idle_.empty() && (!wakes || waiting_.size() > 1);
    watching_ |= wakes_watcher;
  }
  if (wakes) wake_[*wakes].release();
  if (wakes_watcher) watch_.notify_one();
}

std::optional<std::size_t> step_pool::next_to_wake() {
  if (idle_.empty()) return std::nullopt;
  const auto last = idle_.back();
  idle_.pop_back();
  return last;
}

void step_pool::cancel(runtime::partition_index partition, runtime::run_key run,
                       runtime::thing_number step, runtime::attempt_number attempt) {
  const auto is_meant = [partition, run, step, attempt](const task_ptr& what) {
    return what && what->attempt.partition == partition && what->attempt.run == run &&
           what->attempt.step == step && what->attempt.attempt == attempt;
  };
  task_ptr dropped;
  {
    const std::lock_guard lock(mutex_);
    for (const auto* list : {&running_, &asynchronous_}) {
      if (const auto found = std::ranges::find_if(*list, is_meant); found != list->end()) {
        (*found)->stop = perdure::stop_reason::cancelled;
      }
    }
    if (const auto found = std::ranges::find_if(waiting_, is_meant); found != waiting_.end()) {
      dropped = std::move(*found);
      waiting_.erase(found);
    }
  }
  if (dropped) report(*dropped, ended(dropped->attempt, runtime::outcome::cancelled, false));
}

std::vector<std::string> step_pool::running() const {
  std::vector<std::string> names;
  const std::lock_guard lock(mutex_);
  for (const auto* list : {&running_, &asynchronous_}) {
    for (const auto& what : *list) {
      if (what) names.push_back(what->attempt.name);
    }
  }
  return names;
}

void step_pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
    for (const auto thread : std::exchange(idle_, {})) wake_[thread].release();
    for (const auto* list : {&running_, &asynchronous_}) {
      for (const auto& what : *list) {
        if (!what) continue;
        what->reported = true;
        what->stop = perdure::stop_reason::cancelled;
      }
    }
  }
  watch_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  if (watcher_.joinable()) watcher_.join();
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return asynchronous_.empty(); });
}

void step_pool::work(std::size_t self) {
  pthread_setname_np(pthread_self(), "perdure.step");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      idle_.push_back(self);
      lock.unlock();
      wake_[self].acquire();
      lock.lock();
      continue;
    }
    auto what = std::move(waiting_.front());
    waiting_.pop_front();
    running_[self] = what;
    lock.unlock();
    execute(what);
    lock.lock();
    running_[self] = nullptr;
    if (!what->context) std::erase(timed_, what);
  }
}

void step_pool::execute(const task_ptr& what) {
  what->environment = {&what->stop, &clock_, {}, log_};
  if (what->attempt.timeout.us != 0) start_deadline(what);
  const auto* function = steps_.find(what->attempt.name);
  if (function == nullptr || std::holds_alternative<perdure::blocking_step>(*function)) {
    const runtime::crash_note note(notes_, {what->attempt.partition, what->attempt.run});
    auto result = steps_.run(what->attempt, what->environment);
    return report(*what, std::move(result));
  }
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    asynchronous_.push_back(what);
  }
  what->begun = clock_.monotonic();
  what->context = std::make_unique<perdure::step_context>(what->attempt, what->environment);
  try {
    std::get<perdure::asynchronous_step> (*function)(
        *what->context, what->attempt.arguments,
        [this, what](runtime::step_report result) { finish(what, std::move(result)); });
  } catch (...) {
    finish(what, perdure::step_registry::fail(what->attempt, what->stop.load()));
  }
}

/// The end of an asynchronous attempt, on any thread. Only a first end: `stop` waits for that, and
/// the pool may be gone behind it.
void step_pool::finish(const task_ptr& what, runtime::step_report result) {
  if (what->finished.exchange(true)) return;
  result.took = clock_.monotonic() - what->begun;
  report(*what, std::move(result));
  const std::lock_guard lock(mutex_);
  std::erase(asynchronous_, what);
  std::erase(timed_, what);
  ended_.notify_all();
}

void step_pool::report(task& what, runtime::step_report result) {
  if (!what.reported.exchange(true)) what.done(std::move(result));
}

void step_pool::start_deadline(const task_ptr& what) {
  {
    const std::lock_guard lock(mutex_);
    what->environment.monotonic_deadline = clock_.monotonic() + what->attempt.timeout;
    timed_.push_back(what);
  }
  watch_.notify_one();
}

runtime::timestamp step_pool::end_overdue(std::unique_lock<adaptive_mutex>& lock) {
  while (!stopping_) {
    runtime::timestamp next;
    std::vector<task_ptr> overdue;
    const auto now = clock_.monotonic();
    std::erase_if(timed_, [&overdue, &next, now](const task_ptr& what) {
      const auto deadline = what->environment.monotonic_deadline;
      if (what->reported) return true;
      if (deadline <= now) {
        overdue.push_back(what);
        return true;
      }
      if (next.us == 0 || deadline < next) next = deadline;
      return false;
    });
    if (overdue.empty()) return next;
    lock.unlock();
    for (const auto& what : overdue) {
      what->stop = perdure::stop_reason::timed_out;
      auto late = ended(what->attempt, runtime::outcome::timed_out, true);
      late.took = what->attempt.timeout;
      report(*what, std::move(late));
    }
    lock.lock();  // and look again: meanwhile nobody could wake the watcher
  }
  return {};
}

void step_pool::watch() {
  pthread_setname_np(pthread_self(), "perdure.stepdue");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto deadline = end_overdue(lock);
    if (stopping_) return;
    const auto now = clock_.monotonic();
    const bool backlog = !waiting_.empty() && !idle_.empty();
    if (backlog && now - waiting_.front()->queued >= runtime::duration{options_.patience_us})
      wake_[*next_to_wake()].release();
    watching_ = backlog;
    auto wait = std::chrono::microseconds(options_.patience_us);
    if (!backlog)
      wait = deadline.us != 0
                 ? std::chrono::microseconds(std::max<std::int64_t>(1, (deadline - now).us))
                 : std::chrono::hours(1);
    watch_.wait_for(lock, wait);
  }
}

}  // namespace perdure::actors
