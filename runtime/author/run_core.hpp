#pragma once

#include <atomic>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "runtime/author/call.hpp"
#include "runtime/author/coroutine.hpp"
#include "runtime/author/step.hpp"
#include "runtime/author/thing_table.hpp"
#include "runtime/author/wait.hpp"
#include "runtime/author/workflow.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure::detail {

[[noreturn]] void throw_used_twice(const char* what);

class run_core;
/// The run whose code runs on this thread now; null: none does.
run_core* current_run();
/// The same; throws std::logic_error if there is none.
run_core& running_core();

/// Why an activation cannot count: the run is parked with this.
struct breakage {
  runtime::park_reason reason;
  std::string text;
};

/// What stands behind a run's context: it numbers what the code asks for, hands over what arrives
/// and resumes what can go on, in an order that depends on nothing but the journal (DESIGN 6.3).
/// Used by one thread at a time.
class run_core {
 public:
  explicit run_core(const runtime::run_description& run) : run_(run) {}
  run_core(const run_core&) = delete;
  run_core& operator=(const run_core&) = delete;
  ~run_core();

  // What the code asks for (context). Ignored while frames are destroyed.
  counted_ptr<future> ask_step(std::string_view name, payload arguments, const step_options& how);
  counted_ptr<future> ask_timer(timestamp due);
  counted_ptr<future> ask_call(const call_target& whom, payload input, call_options how);
  counted_ptr<future> ask_signal(std::string_view name, std::optional<time_span> timeout);
  void tell(std::string_view name_space, std::string_view workflow_id, std::string_view name,
            payload body);
  void spawn(coroutine_base& root);
  counted_ptr<scope> make_scope(scope::border kind);
  template <class T>
  counted_ptr<task_future<T>> make_task_future() {
    return make_counted<task_future<T>>(*this, current_scope());
  }
  void cancel(scope& what, failure why);
  void cancel(future& what);
  std::uint64_t next_random();
  /// What a cancel reaches is being settled: waits look again when all of it is.
  bool is_cancelling() const { return cancelling_; }
  bool wants_log() { return may_ask() && !replaying_; }
  void log(runtime::log_line::level severity, std::string text);
  const runtime::run_description& run() const { return run_; }
  timestamp now() const { return now_; }
  /// Never in the past, never beyond what a timestamp holds.
  timestamp due_after(time_span length) const;

  // For awaits and coroutines.
  void settle(future& what, outcome result, payload body);
  void settle(future& what, failure why);
  void withdraw(signal_future& what);
  void add_wait(wait& suspended) { waits_.push_back(suspended); }
  void make_ready(coroutine_base& next) { ready_.push_back(&next); }
  void set_current(coroutine_base* running) { current_ = running; }
  void root_ended(coroutine_base& root) noexcept;
  /// Ends the activation: the run is parked. REQUIRES: called while an exception is handled.
  void fail_activation(std::string_view where) noexcept;

  // For the execution.
  enum class mode : bool { live, replay };
  void begin_turn(runtime::turn_seq seq, timestamp now, mode how);
  void start(const workflow_body& workflow);
  /// Hands over one item (not `start`), without resuming anything.
  void take(const runtime::data_item& item);
  /// Resumes what is ready, first in, first out, until nothing is.
  void run_ready(const workflow_body& workflow);
  void collect_waits(runtime::turn_result& to);
  std::vector<runtime::command>& commands() { return commands_; }
  std::vector<runtime::log_line> take_log();
  /// Set when the code threw what it must not, or the data does not fit to what it asked for.
  const std::optional<breakage>& broken() const { return broken_; }
  /// Notes a use from outside of the activation, seen by the execution at the end of it.
  bool was_misused() const { return misused_.load(std::memory_order_relaxed); }
  /// Why the run was cancelled as a whole; null: it was not.
  const failure* cancelled() const { return root_->cancelled() ? &root_->why() : nullptr; }
  bool deadline_passed() const { return deadline_passed_; }
  /// From now on every call is ignored; ends all spawned tasks, the youngest first.
  void close();

  /// Marks this run as the current one of the thread.
  class guard {
   public:
    explicit guard(run_core& core);
    ~guard();
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

   private:
    run_core* before_;
  };

 private:
  struct unmatched_signal {
    std::string name;
    payload body;
  };

  bool may_ask();
  counted_ptr<scope> current_scope() const;
  counted_ptr<future> make_future(future::sort kind, std::string label);
  void open(const counted_ptr<future>& asked);
  enum class command_need : bool { none, one };
  /// What limit is in the way; empty: none.
  std::string limit_reached(std::initializer_list<std::string_view> names, std::size_t bytes,
                            command_need need = command_need::one) const;
  bool is_refused(future& asked, std::initializer_list<std::string_view> names, std::size_t bytes,
                  command_need need = command_need::one);
  void cancel_alarm(future& signal);
  void emit_cancel(runtime::thing_number number);
  void take_signal(const runtime::data_item& item);
  void settle_thing(const runtime::data_item& item);
  void destroy_ended();
  void cancel_run(const runtime::data_item& item);
  void wake_waiters(future& what);
  /// Written out, so that the journal's summaries and the code's agree.
  std::string_view own_if_empty(std::string_view name_space) const {
    return name_space.empty() ? std::string_view(run_.name_space) : name_space;
  }

  const runtime::run_description& run_;
  runtime::turn_seq seq_;
  timestamp now_;
  std::uint64_t drawn_ = 0;  ///< hashes drawn in this turn
  counted_ptr<scope> root_ = make_counted<scope>();
  coroutine_base* current_ = nullptr;
  std::vector<coroutine_base*> ready_;
  std::size_t ready_front_ = 0;
  std::vector<coroutine_base*> ended_;
  chain<coroutine_base> tasks_;  ///< spawned and not ended
  chain<wait> waits_;
  thing_table things_;
  chain<signal_future> awaited_signals_;
  std::list<unmatched_signal> unmatched_signals_;
  std::vector<runtime::command> commands_;
  std::size_t command_bytes_ = 0;
  std::vector<runtime::log_line> log_lines_;
  std::size_t dropped_lines_ = 0;
  std::optional<breakage> broken_;
  std::atomic<bool> misused_ = false;
  bool replaying_ = false;
  bool cancelling_ = false;
  bool closing_ = false;
  bool deadline_passed_ = false;
};

}  // namespace perdure::detail
