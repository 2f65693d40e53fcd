// How a run takes what arrives and resumes what can go on (DESIGN 6.3).

#include "runtime/author/limits.hpp"
#include "runtime/author/run_core.hpp"
#include "runtime/simulation.hpp"

namespace perdure::detail {

using runtime::item_kind;

void run_core::begin_turn(runtime::turn_seq seq, timestamp now, mode how) {
  seq_ = seq;
  now_ = now;
  drawn_ = how == mode::replay && MUTANT("chance-differs-on-replay") ? 1 : 0;
  replaying_ = how == mode::replay;
  commands_.clear();
  command_bytes_ = 0;
  log_lines_.clear();
  dropped_lines_ = 0;
}

void run_core::start(const workflow_body& workflow) {
  auto& root = workflow.promise();
  root.core = this;
  root.in = root_;
  make_ready(root);
}

void run_core::take(const runtime::data_item& item) {
  switch (item.kind) {
    case item_kind::signal:
      take_signal(item);
      return;
    case item_kind::cancel:
    case item_kind::deadline:
      cancel_run(item);
      return;
    case item_kind::step_result:
    case item_kind::timer_fired:
    case item_kind::call_result:
      settle_thing(item);
      return;
    case item_kind::call_started:  // wakes nobody
    case item_kind::start:         // the execution's
      return;
  }
}

void run_core::take_signal(const runtime::data_item& item) {
  for (auto& signal : awaited_signals_) {
    if (signal.label == item.name) {
      settle(signal, outcome::ok, item.body);
      return;
    }
  }
  REACHED("early-signal");
  if (!MUTANT("early-signal-lost")) unmatched_signals_.push_back({item.name, item.body});
}

void run_core::settle_thing(const runtime::data_item& item) {
  if (item.thing > things_.last() || !item.thing) {
    broken_ = breakage{runtime::park_reason::nondeterminism,
                       fmt::format("turn {} hands over a result for thing {}, but the code has "
                                   "asked for only {} things",
                                   seq_, item.thing, things_.last())};
    return;
  }
  const auto thing = things_.take(item.thing);
  if (!thing) {
    REACHED("result-of-what-is-settled");
    return;
  }
  if (thing->alarm_of != nullptr) {
    thing->alarm_of->number = {};
    REACHED("signal-timed-out");
    settle(*thing->alarm_of, outcome::timed_out, {});
  } else {
    settle(*thing, item.kind == item_kind::timer_fired ? outcome::ok : item.result, item.body);
  }
}

void run_core::cancel_run(const runtime::data_item& item) {
  if (root_->cancelled() != nullptr || (replaying_ && MUTANT("cancel-lost-on-replay"))) {
    return;
  }
  failure_info why{outcome::cancelled, "cancelled", "the run was cancelled", {}, {}};
  if (item.kind == item_kind::deadline) {
    deadline_passed_ = true;
    why.type = "deadline";
    why.message = "the run's deadline has passed";
  } else if (!item.body.empty()) {
    why.message += fmt::format(": {}", item.body.view());
  }
  cancel(*root_, failure(std::move(why)));
}

void run_core::settle(future& what, outcome result, payload body) {
  what.settle(result, std::move(body));
  wake_waiters(what);
}

void run_core::settle(future& what, failure why) {
  what.settle(std::move(why));
  wake_waiters(what);
}

void run_core::wake_waiters(future& what) {
  if (what.kind == future::sort::signal) {
    static_cast<signal_future&>(what).unlink();
    cancel_alarm(what);
  }
  while (!what.waiters.empty()) {
    auto& first = what.waiters.front();
    first.of->member_settled(first);
  }
}

void run_core::withdraw(signal_future& what) {
  what.unlink();
  if (!closing_) {
    cancel_alarm(what);
  }
}

void run_core::cancel_alarm(future& signal) {
  if (signal.number) {
    things_.take(signal.number);
    emit_cancel(std::exchange(signal.number, {}));
  }
}

void run_core::emit_cancel(runtime::thing_number number) {
  // Beyond the limit the thing goes on, and its result will be ignored: nothing else is lost.
  if (commands_.size() < most_commands_in_turn) {
    commands_.emplace_back(runtime::cancel_thing{number});
  }
}

void run_core::cancel(future& what) {
  if (!may_ask() || what.is_settled()) {
    return;
  }
  failure why(runtime::plain_failure(
      outcome::cancelled, fmt::format("{} was cancelled", what.describe()), what.describe()));
  if (what.kind == future::sort::task) {
    cancel(*what.runs_in, std::move(why));
    return;
  }
  if (what.kind != future::sort::signal) {
    things_.take(what.number);
    emit_cancel(what.number);
  }
  settle(what, std::move(why));
}

void run_core::cancel(scope& what, failure why) {
  if (!may_ask() || what.cancelled() != nullptr) {
    return;
  }
  what.cancel(why);
  cancelling_ = true;
  for (auto number = things_.first(); number <= things_.last(); ++number.value) {
    const auto* open = things_.find(number);
    if (open != nullptr && open->alarm_of == nullptr && open->asked_in->is_within(what)) {
      const auto thing = things_.take(number);
      emit_cancel(number);
      settle(*thing, why);
    }
  }
  std::vector<counted_ptr<future>> signals;
  for (auto& signal : awaited_signals_) {
    if (signal.asked_in->is_within(what)) {
      signals.emplace_back(&signal);
    }
  }
  for (const auto& signal : signals) {
    settle(*signal, why);
  }
  cancelling_ = false;
  std::vector<wait*> suspended;
  for (auto& wait : waits_) {
    suspended.push_back(&wait);
  }
  for (auto* wait : suspended) {
    wait->scope_cancelled(what);
  }
}

void run_core::run_ready(const workflow_body& workflow) {
  while (!broken_ && ready_front_ < ready_.size()) {
    auto* next = ready_[ready_front_++];
    if (ready_front_ == ready_.size()) {
      ready_.clear();
      ready_front_ = 0;
    } else if (ready_front_ >= 1'024) {
      ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(ready_front_));
      ready_front_ = 0;
    }
    current_ = next;
    next->handle.resume();
    current_ = nullptr;
    destroy_ended();
    if (workflow.has_ended()) {
      return;
    }
  }
}

void run_core::root_ended(coroutine_base& root) noexcept {
  if (root.is_linked()) {  // a spawned task
    root.unlink();
    ended_.push_back(&root);
    root.deliver();
  }
}

void run_core::destroy_ended() {
  while (!ended_.empty()) {
    auto* ended = ended_.back();
    ended_.pop_back();
    ended->destroy();
  }
}

void run_core::collect_waits(runtime::turn_result& to) {
  for (auto& wait : waits_) {
    wait.describe(to);
  }
}

}  // namespace perdure::detail
