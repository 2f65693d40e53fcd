#include <algorithm>

#include "runtime/apply/delivery.hpp"
#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

/// DESIGN 3.2: the next number is taken, a lower one is a copy, a higher one stands behind a gap.
void state::apply_message(const decoded_record& record, actions& out) {
  const auto& message = record.as<wire::Message>();
  const auto source = partition_index(message.source_partition());
  const auto log = incarnation(message.source_incarnation());
  if (source == self_) {
    out.emplace_back(ignored{"a partition's messages to itself lie in its turns"});
    return;
  }
  const auto known = taken_.find(source);
  const auto taken = known == taken_.end() ? taken_from{} : known->second;
  if (log < taken.log) {
    out.emplace_back(ignored{"from an older incarnation of the source log"});
    return;
  }
  const auto last = log == taken.log ? taken.last : message_number{};
  const auto number = message_number(message.number());
  if (number <= last && !MUTANT("duplicate-taken")) {
    REACHED("copy-of-a-message-ignored");
    out.emplace_back(ignored{"a copy: this number was taken"});
    return;
  }
  if (number.value > last.value + 1 && !MUTANT("gap-taken")) {
    REACHED("gap-refused");
    out.emplace_back(ignored{"a gap: a message before this one is missing"});
    return;
  }
  taken_[source] = {log, number};
  out.emplace_back(message_taken{source, number});
  deliver({source, message.body(), record.at, 0, record.view.body(message.body_payload()),
           record.view.front().slot, record.time()},
          out);
}

void state::deliver(const delivery& what, actions& out) {
  switch (static_cast<body_kind>(what.body.kind())) {
    case body_kind::call:
      return deliver_call(what, out);
    case body_kind::call_cancel:
      return deliver_call_cancel(what, out);
    case body_kind::call_started:
    case body_kind::call_result:
      return deliver_reply(what, out);
    case body_kind::signal:
      return deliver_signal(what, out);
  }
  out.emplace_back(ignored{"a message of an unknown kind"});
}

/// DESIGN 3.8. Needs no permission, but counts only from where the call went.
void state::deliver_reply(const delivery& what, actions& out) {
  const auto& body = what.body;
  auto* run = find(key_of(body.caller()));
  auto* call = run == nullptr ? nullptr : run->find(thing_number(body.command()));
  if (call == nullptr || call->kind != thing_kind::call || call->settled) {
    REACHED("late-reply");
    out.emplace_back(ignored{"the caller waits no more"});
    return;
  }
  if (call->target != what.source) {
    out.emplace_back(ignored{"the call went to another partition"});
    return;
  }
  data_item item{
      item_kind::call_started, what.at, what.part, call->number, {}, outcome::ok, {}, {}};
  if (static_cast<body_kind>(body.kind()) == body_kind::call_started) {
    item.name = body.run_id();
    return arrive(*run, std::move(item), out);
  }
  item.kind = item_kind::call_result;
  item.result = is_outcome(body.outcome()) ? static_cast<outcome>(body.outcome()) : outcome::failed;
  item.body = what.content;
  settle(*run, *call, std::move(item), out);
}

void state::deliver_signal(const delivery& what, actions& out) {
  const auto& body = what.body;
  if (!may_call(body)) {
    out.emplace_back(refused{key_of(body.caller()), body.caller_namespace(),
                             fmt::format("signals to {} are not allowed", body.workflow_id())});
    return;
  }
  auto* run = find(newest(body.workflow_id()));
  if (run == nullptr) {
    REACHED("signal-to-nobody");
    out.emplace_back(ignored{"no open run of that workflow id for the signal"});
    return;
  }
  arrive(*run,
         {item_kind::signal, what.at, what.part, {}, {}, outcome::ok, body.name(), what.content},
         out);
}

bool state::may_call(const wire::Body& body) const {
  return body.caller_namespace() == name_space_ ||
         std::ranges::find(callers_, body.caller_namespace()) != callers_.end();
}

/// DESIGN 3.6, 3.8: permission and id policy are judged here; the number is taken whatever the
/// answer, and the answer is owed.
void state::deliver_call(const delivery& what, actions& out) {
  const auto& body = what.body;
  const caller_ref caller{what.source, key_of(body.caller()), thing_number(body.command())};
  if (!may_call(body) && !MUTANT("permission-unchecked")) {
    REACHED("call-denied");
    out.emplace_back(
        refused{caller.run, body.caller_namespace(),
                fmt::format("calls to {}/{} are not allowed", body.agent(), body.operation())});
    return owe_result(caller, system_run, outcome::denied, {}, out);
  }
  const auto existing = newest(body.workflow_id());
  const auto policy = static_cast<id_policy>(body.policy());
  if (existing != system_run && policy == id_policy::attach) {
    if (auto* open = find(existing)) {
      REACHED("call-attached");
      open->attached.push_back(caller);
      by_caller_[key_of_caller(caller)] = existing;
      return;
    }
    const auto& closed = closed_.at(existing);
    return owe_result(caller, existing, outcome_of(closed.status), {closed.result(), 0}, out);
  }
  if (runs_.contains(existing) || (existing != system_run && policy == id_policy::reject_ever)) {
    REACHED("call-rejected");
    return owe_result(caller, existing, outcome::rejected, {}, out);
  }
  const run_key key{what.at, what.part == 0 ? thing_number{} : caller.command};
  if (runs_.contains(key) || closed_.contains(key)) {
    out.emplace_back(ignored{"a second call of one number in one turn"});
    return;
  }
  auto& run = open_run(key, body.workflow_id(), body.agent(), body.operation(), what.slot, out);
  run.started = run.updated = std::max(time_, what.sent);
  run.has_caller = true;
  run.caller = caller;
  by_caller_[key_of_caller(caller)] = key;
  if (body.timeout_us() != 0) {
    run.deadline = std::max(time_, what.sent) + duration_from(body.timeout_us());
    due_.insert({run.deadline, key, {}, due_kind::deadline});
  }
  run.has_start = true;
  arrive(run, {item_kind::start, what.at, what.part, {}, {}, outcome::ok, {}, what.content}, out);
}

void state::deliver_call_cancel(const delivery& what, actions& out) {
  const caller_ref caller{what.source, key_of(what.body.caller()),
                          thing_number(what.body.command())};
  const auto found = by_caller_.find(key_of_caller(caller));
  auto* run = found == by_caller_.end() ? nullptr : find(found->second);
  if (run == nullptr) {
    REACHED("cancel-of-an-ended-call");
    out.emplace_back(ignored{"the call to cancel has ended"});
    return;
  }
  if (run->caller != caller ||
      !run->has_caller) {  // one of several that wait for the same run: only it lets go
    std::erase(run->attached, caller);
    by_caller_.erase(found);
    return owe_result(caller, run->key, outcome::cancelled, {}, out);
  }
  if (run->status == run_status::parked && MUTANT("cancel-lost-while-parked")) return;
  if (what.body.terminate()) {
    REACHED("child-terminated");
    run->controls.push_back({control_verb::terminate, what.at, what.part, "its caller closed"});
    out.emplace_back(control_arrived{run->key, control_verb::terminate});
    return;
  }
  arrive(*run, {item_kind::cancel, what.at, what.part, {}, {}, outcome::ok, {}, {}}, out);
}

}  // namespace perdure::runtime
