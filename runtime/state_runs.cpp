#include <algorithm>

#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

run_state& state::open_run(run_key key, std::string_view workflow_id, std::string_view agent,
                           std::string_view operation, slot_number slot, actions& out) {
  auto& run = runs_[key];
  run.key = key;
  run.workflow_id = workflow_id;
  run.agent = intern(agent);
  run.operation = intern(operation);
  run.slot = slot;
  run.seed = hash_bytes(run_id(key)).value;
  run.started = run.updated = time_;
  auto& newest = by_workflow_[key_of_workflow(workflow_id)];
  if (newest == system_run || !MUTANT("signal-to-a-previous-run")) newest = key;
  out.emplace_back(run_opened{key});
  return run;
}

void state::set_status(run_state& run, run_status status) {
  counts_.parked -= run.status == run_status::parked ? 1 : 0;
  counts_.paused -= run.status == run_status::paused ? 1 : 0;
  run.status = status;
  counts_.parked += status == run_status::parked ? 1 : 0;
  counts_.paused += status == run_status::paused ? 1 : 0;
}

void state::set_woken(run_state& run, bool woken) {
  counts_.woken -= run.woken ? 1 : 0;
  run.woken = woken;
  counts_.woken += woken ? 1 : 0;
}

void state::arrive(run_state& run, data_item item, actions& out) {
  const auto kind = item.kind;
  const bool wake = wakes(run, item);
  if (wake) set_woken(run, true);
  run.data.push_back(std::move(item));
  out.emplace_back(arrived{run.key, kind, wake});
}

/// The start of a delayed run has come. Its input lies in the record that created it, which is
/// where the item points.
void state::begin_delayed(run_state& run, actions& out) {
  due_.erase({run.first, run.key, {}, due_kind::start});
  run.first = {};
  run.has_start = true;
  arrive(run, {item_kind::start, run.key.created, 0, {}, {}, outcome::ok, {}, {}, true}, out);
}

void state::settle(run_state& run, thing& what, data_item item, actions& out) {
  erase_due(run.key, what);
  what.settled = true;
  what.backing_off = what.started = false;
  what.result = item.result;
  out.emplace_back(settled{run.key, what.number, item.result});
  arrive(run, std::move(item), out);
}

/// DESIGN 2.7: whether this lets the code go on, by the waits that its last turn recorded. Counts
/// the waits down.
bool state::wakes(run_state& run, const data_item& item) {
  switch (item.kind) {
    case item_kind::start:
    case item_kind::cancel:
    case item_kind::deadline:
      return true;
    case item_kind::signal:
      return run.waits_for_signal;
    case item_kind::call_started:
      return false;
    case item_kind::step_result:
    case item_kind::timer_fired:
    case item_kind::call_result:
      break;
  }
  bool met = false;
  for (auto& wait : run.waits) {
    if (wait.need == 0 || std::ranges::find(wait.things, item.thing) == wait.things.end()) continue;
    wait.need = item.result == outcome::ok || MUTANT("failure-wakes-nobody") ? wait.need - 1 : 0;
    met |= wait.need == 0;
  }
  return met;
}

void state::erase_due(run_key run, const thing& what) {
  if (what.kind == thing_kind::timer) due_.erase({what.due, run, what.number, due_kind::timer});
  if (what.backing_off) due_.erase({what.due, run, what.number, due_kind::retry});
}

void state::drop_thing(run_state& run, thing_number number) {
  const auto* found = run.find(number);
  if (found == nullptr) return;
  if (!MUTANT("cancelled-timer-fires")) erase_due(run.key, *found);
  if (found->kind == thing_kind::step && !MUTANT("retry-policy-leaked"))
    policies_.give_back(found->policy);
  run.things.erase(run.things.begin() + (found - run.things.data()));
}

void state::owe(owed_message what, actions& out) {
  out.emplace_back(owed{what.target});
  owed_.push_back(std::move(what));
}

void state::owe_result(const caller_ref& to, run_key from, outcome result, body_ref payload,
                       actions& out) {
  owed_message message{to.partition, {}, payload};
  message.body.set_kind(static_cast<std::uint32_t>(body_kind::call_result));
  set_key(*message.body.mutable_caller(), to.run);
  message.body.set_command(to.command.value);
  message.body.set_outcome(static_cast<std::uint32_t>(result));
  if (from != system_run) message.body.set_run_id(run_id(from));
  owe(std::move(message), out);
}

namespace {

owed_message cancel_of(run_key run, const thing& call) {
  owed_message message{call.target, {}, {}};
  message.body.set_kind(static_cast<std::uint32_t>(body_kind::call_cancel));
  set_key(*message.body.mutable_caller(), run);
  message.body.set_command(call.number.value);
  message.body.set_terminate(call.on_close == close_policy::terminate);
  return message;
}

}  // namespace

/// DESIGN 6.5: any close ends open attempts, timers and calls; children by their policy. §2.6: what
/// that owes waits for a system turn.
void state::close_run(run_state& run, offset at, actions& out) {
  for (auto& open : run.things) {
    erase_due(run.key, open);
    if (open.kind == thing_kind::step) policies_.give_back(open.policy);
    if (open.settled) continue;
    if (open.kind == thing_kind::step)
      out.emplace_back(attempt_ended{run.key, open.number, open.attempt});
    if (open.kind == thing_kind::call && open.on_close != close_policy::abandon &&
        !MUTANT("children-not-cancelled"))
      owe(cancel_of(run.key, open), out);
  }
  if (run.deadline.us != 0 && !MUTANT("deadline-outlives-its-run"))
    due_.erase({run.deadline, run.key, {}, due_kind::deadline});
  if (!run.has_start) due_.erase({run.first, run.key, {}, due_kind::start});
  for (const auto& other : run.attached)
    if (!MUTANT("attached-not-answered"))
      owe_result(other, run.key, outcome_of(run.status), {at, 0}, out);
  if (run.has_caller) by_caller_.erase(key_of_caller(run.caller));
  for (const auto& other : run.attached) by_caller_.erase(key_of_caller(other));
  const auto key = run.key;
  const auto status = run.status;
  closed_[key] = {key,
                  std::move(run.workflow_id),
                  run.agent,
                  run.operation,
                  run.build,
                  status,
                  run.slot,
                  run.has_caller,
                  run.caller,
                  run.start_key,
                  run.latest_input,
                  run.started,
                  time_,
                  run.seq,
                  std::move(run.journal)};
  closed_[key].journal.shrink_to_fit();
  closing_order_.push_back(key);
  set_woken(run, false);
  runs_.erase(key);
  out.emplace_back(run_closed{key, status});
  remove_expired(out);
}

void state::remove_expired(actions& out) {
  while (!closing_order_.empty()) {
    const auto found = closed_.find(closing_order_.front());
    const auto& run = found->second;
    if (closing_order_.size() <= retention_runs_ && run.closed + retention_ >= time_) return;
    forget_keys_of(run);
    const auto id = key_of_workflow(run.workflow_id);
    if (const auto newest = by_workflow_.find(id);
        newest != by_workflow_.end() &&
        (newest->second == run.key || MUTANT("newest-forgotten-with-an-older")))
      by_workflow_.erase(newest);
    REACHED("retention-ended");
    out.emplace_back(run_removed{run.key});
    closed_.erase(found);
    closing_order_.pop_front();
  }
}

}  // namespace perdure::runtime
