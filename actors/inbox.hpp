#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/adaptive_mutex.hpp"
#include "actors/messages.hpp"
#include "runtime/log.hpp"
#include "runtime/owner_output.hpp"

namespace perdure::actors {

class partition_actor;

/// What a workflow actor reports of an activation.
struct turn_done {
  runtime::run_key run;
  std::uint64_t frame = 0;  ///< which of the run's actors says so: an earlier one counts no more
  runtime::turn_seq seq;
  bool no_handler = false;  ///< nothing here hosts the agent; `result` is empty
  runtime::turn_result result;
};

struct query_done {
  std::uint64_t token = 0;
  runtime::expected<runtime::payload> answer;
};

/// Everything that waits for a partition actor, by sort. Within a sort in the order posted.
struct inbox_content {
  std::vector<runtime::log_record> records;
  std::vector<turn_done> turns;
  std::vector<runtime::step_report> reports;
  std::vector<query_done> answers;
  std::vector<std::function<void(partition_actor&)>>
      calls;  ///< clients, and what was read from the log for this partition
};

/// What the edge accepted for a partition and was not answered yet: requests, and waits for a run's
/// end. And the records of its log that it has not applied yet.
struct edge_load {
  std::atomic<std::size_t> requests = 0, waits = 0;
  std::atomic<std::size_t> unapplied = 0;
  /// The last record that was applied while the newest claim was this node's; 0: it is another's.
  std::atomic<std::uint64_t> applied_as_owner = 0;
};

/// How other threads reach a partition actor: they leave their news here, and only the first of a
/// batch costs a message. So each hand-over carries all that is ready (DESIGN 10). Bounded by what
/// the partition itself has in flight and, for clients, by the gateway.
class inbox {
 public:
  /// REQUIRES: before anything is posted.
  void bind(caf::actor owner) { owner_ = std::move(owner); }
  /// Lets go of the actor: what waits and what is posted later is dropped.
  void unbind() {
    inbox_content dropped;  // whoever waits for an answer hears of it, without the lock
    caf::actor owner;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    std::swap(owner, owner_);
    std::swap(dropped, waiting_);
  }

  void post(std::vector<runtime::log_record> records) {
    load->unapplied += records.size();
    add([&records](inbox_content& to) {
      if (to.records.empty())
        to.records = std::move(records);
      else
        to.records.insert(to.records.end(), std::make_move_iterator(records.begin()),
                          std::make_move_iterator(records.end()));
    });
  }
  void post(turn_done turn) {
    add([&turn](inbox_content& to) { to.turns.push_back(std::move(turn)); });
  }
  void post(runtime::step_report report) {
    add([&report](inbox_content& to) { to.reports.push_back(std::move(report)); });
  }
  void post(query_done answer) {
    add([&answer](inbox_content& to) { to.answers.push_back(std::move(answer)); });
  }
  void post(std::function<void(partition_actor&)> call) {
    add([&call](inbox_content& to) { to.calls.push_back(std::move(call)); });
  }

  /// All that waits; `into` must be empty and keeps its capacity.
  void take(inbox_content& into) {
    const std::lock_guard lock(mutex_);
    std::swap(into, waiting_);
    woken_ = false;
  }

  /// Whether attempts of the partition's steps are on a thread, told to stop or not.
  bool steps_run() const { return steps_ != 0; }
  /// Whether the end of the last of them wakes the partition.
  void wake_when_steps_end(bool wake) { wakes_at_end_ = wake; }

  const std::shared_ptr<edge_load> load = std::make_shared<edge_load>();

 private:
  template <class Add>
  void add(const Add& change) {
    caf::actor to;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      change(waiting_);
      if (woken_) return;
      woken_ = true;
      to = owner_;
    }
    if (to) caf::anon_send(to, wake_atom::value);
  }

  friend class running_step;
  void begin_step() { ++steps_; }
  void end_step() {
    if (--steps_ == 0 && wakes_at_end_) add([](inbox_content&) {});
  }

  adaptive_mutex mutex_;
  inbox_content waiting_;
  caf::actor owner_;
  bool woken_ = false, closed_ = false;
  std::atomic<std::size_t> steps_ = 0;
  std::atomic<bool> wakes_at_end_ = false;
};

/// Marks an attempt as running as long as any copy of this lives: a step runner lets go of it when
/// the attempt has really ended, which may be long after it was reported as timed out.
class running_step {
 public:
  explicit running_step(std::shared_ptr<inbox> news) : news_(std::move(news)) {
    news_->begin_step();
  }
  running_step(const running_step& other) : running_step(other.news_) {}
  running_step(running_step&& other) noexcept : news_(std::move(other.news_)) {}
  running_step& operator=(const running_step&) = delete;
  ~running_step() {
    if (news_) news_->end_step();
  }
  const std::shared_ptr<inbox>& news() const { return news_; }

 private:
  std::shared_ptr<inbox> news_;
};

}  // namespace perdure::actors
