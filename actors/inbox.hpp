#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "actors/messages.hpp"
#include "runtime/log.hpp"
#include "runtime/owner_output.hpp"

namespace perdure::actors {

class partition_actor;

/// What a workflow actor reports of an activation.
struct turn_done {
  runtime::run_key run;
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

/// How other threads reach a partition actor: they leave their news here, and only the first of a
/// batch costs a message. So each hand-over carries all that is ready (DESIGN 10). Bounded by what
/// the partition itself has in flight and, for clients, by the gateway.
class inbox {
 public:
  /// REQUIRES: before anything is posted.
  void bind(caf::actor owner) { owner_ = std::move(owner); }
  /// Lets go of the actor: what is posted later is dropped.
  void unbind() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    owner_ = nullptr;
  }

  void post(std::vector<runtime::log_record> records) {
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

  /// Client requests that were accepted by the edge and not answered: the gateway's measure of
  /// load.
  std::atomic<std::size_t> requests = 0;

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

  std::mutex mutex_;
  inbox_content waiting_;
  caf::actor owner_;
  bool woken_ = false, closed_ = false;
};

}  // namespace perdure::actors
