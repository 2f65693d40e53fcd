#include <algorithm>
#include <utility>

#include "runtime/invariant.hpp"
#include "runtime/owner.hpp"
#include "runtime/simulation.hpp"

namespace perdure::runtime {

/// A request that takes so many bytes more.
append_request& owner::request(std::size_t bytes) {
  if (out_.appends.empty() || out_.appends.back().bytes.size() + bytes > options_.append_bytes ||
      BUGGIFY("request-of-its-own"))
    out_.appends.emplace_back();
  return out_.appends.back();
}

void owner::append_to(append_request& to, record_kind kind, const google::protobuf::Message& header,
                      timestamp time, slot_number slot, partition_index target,
                      std::span<const std::string_view> payloads) {
  const auto begin = to.bytes.size();
  encode_record(to.bytes, {kind, time, slot}, header, payloads);
  to.entries.push_back({target, static_cast<std::uint32_t>(begin),
                        static_cast<std::uint32_t>(to.bytes.size() - begin)});
}

void owner::append(record_kind kind, const google::protobuf::Message& header, timestamp time,
                   slot_number slot, partition_index target,
                   std::span<const std::string_view> payloads) {
  append_to(request(), kind, header, time, slot, target, payloads);
}

std::uint32_t owner::add_payload(std::string_view content) {
  if (content.empty()) return 0;
  payloads_.push_back(content);
  return static_cast<std::uint32_t>(payloads_.size());
}

void owner::begin_turn(run_key run, turn_seq last, digest before, run_status status) {
  turn_.Clear();
  payloads_.clear();
  enclosed_.clear();
  turn_.set_epoch(state_.current().value);
  set_key(*turn_.mutable_run(), run);
  turn_.set_seq(last.value + 1);
  turn_.set_before(before.value);
  turn_.set_status(static_cast<std::uint32_t>(status));
}

/// At most; envelopes are counted a little too large.
std::size_t owner::turn_bytes() const {
  constexpr std::size_t around_a_record = 64;
  auto bytes = around_a_record + turn_.ByteSizeLong();
  for (const auto content : payloads_) bytes += content.size() + sizeof(std::uint32_t);
  for (const auto& message : enclosed_)
    bytes += around_a_record + message.content.size() + message.body.ByteSizeLong();
  return bytes;
}

/// DESIGN 3.4: the turn and what it sends are one batch; the counters are staged in append order,
/// and apply must agree.
digest owner::write_turn(slot_number slot, timestamp time) {
  if (!unconfirmed_.empty()) REACHED("confirmed-with-a-turn");
  confirm_all(time);
  auto& to = request(turn_bytes());
  append_to(to, record_kind::turn, turn_, time, slot, state_.self(), payloads_);
  for (const auto& message : enclosed_) {
    wire::Message record;
    record.set_source_incarnation(state_.log().value);
    record.set_source_partition(state_.self().value);
    record.set_number(message.number.value);
    *record.mutable_body() = message.body;
    const std::string_view content[] = {message.content};
    record.set_body_payload(message.content.empty() ? 0 : 1);
    append_to(to, record_kind::message, record, time, message.slot, message.target,
              message.content.empty() ? std::span<const std::string_view>{} : content);
  }
  return options_.atomic_batches ? digest{} : hash_bytes(turn_.SerializeAsString());
}

void owner::fly(work& on, turn_seq seq, digest turn) {
  on.now = phase::flying;
  on.seq = seq;
  on.turn = turn;
  ++flying_;
}

void owner::record_turn(run_state& run, work& on, const turn_result& result) {
  begin_turn(run.key, run.seq, run.last, result.status);
  for (std::uint32_t i = 0; i < on.consumed; ++i) {
    const auto& item = run.data[i];
    auto& consumed = *turn_.add_consumed();
    consumed.set_kind(static_cast<std::uint32_t>(item.kind));
    consumed.set_at(item.at.value);
    consumed.set_part(item.part);
    consumed.set_thing(item.thing.value);
    consumed.set_attempt(item.attempt.value);
    consumed.set_outcome(static_cast<std::uint32_t>(item.result));
    if (!item.name.empty()) consumed.set_name(item.name);
  }
  for (std::uint32_t i = 0; i < on.enclosed; ++i) {
    const auto& report = on.held[i];
    auto& enclosed = *turn_.add_results();
    enclosed.set_step(report.step.value);
    enclosed.set_attempt(report.attempt.value);
    enclosed.set_outcome(static_cast<std::uint32_t>(report.result));
    enclosed.set_took_us(static_cast<std::uint64_t>(report.took.us));
    enclosed.set_body_payload(add_payload(report.body.view()));
  }
  add_commands(run, result);
  for (const auto& wait : result.waits) {
    auto& out = *turn_.add_waits();
    out.set_need(wait.need);
    for (const auto number : wait.things) out.add_things(number.value);
  }
  turn_.set_waits_for_signal(result.waits_for_signal);
  if (run.build == 0 || state_.text(run.build) != result.build) turn_.set_build(result.build);
  turn_.set_digest(result.after.value);
  const auto payload_index = add_payload(result.result.view());
  turn_.set_result_payload(payload_index);
  add_end(run, result.status, result.result.view(), payload_index);

  const auto bytes = turn_bytes();
  if (bytes > options_.record_bytes) {
    unstage();
    return record_parking(
        run, on, park_reason::limit,
        fmt::format("one turn of {} bytes, the limit is {}: ask for less at a time", bytes,
                    options_.record_bytes),
        on.time);
  }
  const auto written = write_turn(run.slot, on.time);
  on.held.erase(on.held.begin(), on.held.begin() + on.enclosed);
  if (on.enclosed != 0) REACHED("result-enclosed");
  on.log = result.log;
  fly(on, turn_seq(turn_.seq()), written);
}

void owner::add_commands(const run_state& run, const turn_result& result) {
  for (const auto& given : result.commands) {
    auto& out = *turn_.add_commands();
    if (const auto* step = std::get_if<run_step>(&given)) {
      out.set_kind(static_cast<std::uint32_t>(command_kind::step));
      out.set_number(step->number.value);
      out.set_name(step->name);
      out.set_body_payload(add_payload(step->arguments.view()));
      out.set_mode(static_cast<std::uint32_t>(step->mode));
      out.set_timeout_us(static_cast<std::uint64_t>(step->attempt_timeout.us));
      auto& retry = *out.mutable_retry();
      retry.set_initial_us(static_cast<std::uint64_t>(step->retry.initial.us));
      retry.set_factor_permille(step->retry.factor_permille);
      retry.set_longest_us(static_cast<std::uint64_t>(step->retry.longest.us));
      retry.set_maximum_attempts(step->retry.maximum_attempts);
      retry.set_total_us(static_cast<std::uint64_t>(step->retry.total_time.us));
      if (MUTANT("released-before-read-back")) {
        running_[{run.key, step->number}] = {attempt_number(1), false};
        out_.attempts.push_back({{state_.self(),
                                  run.key,
                                  step->number,
                                  attempt_number(1),
                                  step->name,
                                  {},
                                  step->arguments,
                                  step->attempt_timeout},
                                 false,
                                 {}});
      }
    } else if (const auto* timer = std::get_if<start_timer>(&given)) {
      out.set_kind(static_cast<std::uint32_t>(command_kind::timer));
      out.set_number(timer->number.value);
      out.set_due_us(timer->due.us);
    } else if (const auto* call = std::get_if<call_agent>(&given)) {
      add_call(run, *call, out);
    } else if (const auto* cancel = std::get_if<perdure::runtime::cancel_thing>(&given)) {
      add_cancel(run, cancel->number, out);
    } else if (const auto* signal = std::get_if<send_signal>(&given)) {
      add_signal(*signal, out);
    }
  }
}

void owner::add_call(const run_state& run, const call_agent& call, wire::Command& out) {
  const auto& space = call.target_namespace.empty() ? state_.name_space() : call.target_namespace;
  const auto place = routes_.find(space, call.workflow_id);
  const auto target = place.found ? place.partition : state_.self();
  out.set_kind(static_cast<std::uint32_t>(command_kind::call));
  out.set_number(call.number.value);
  out.set_namespace_(call.target_namespace);  // as the code gave it: replay compares with that
  out.set_agent(call.agent);
  out.set_operation(call.operation);
  out.set_workflow_id(call.workflow_id);
  out.set_policy(static_cast<std::uint32_t>(call.policy));
  out.set_on_close(static_cast<std::uint32_t>(call.on_close));
  out.set_timeout_us(static_cast<std::uint64_t>(call.timeout.us));
  out.set_target_partition(target.value);
  out.set_body_hash(hash_bytes(call.input.view()).value);
  wire::Body body;
  set_key(*body.mutable_caller(), run.key);
  body.set_command(call.number.value);
  if (!place.found) {  // nobody to ask: the answer is known, and comes the way that every answer
                       // comes
    body.set_kind(static_cast<std::uint32_t>(body_kind::call_result));
    body.set_outcome(static_cast<std::uint32_t>(outcome::not_found));
    return add_outgoing(target, place.slot, std::move(body), {}, 0);
  }
  body.set_kind(static_cast<std::uint32_t>(body_kind::call));
  body.set_workflow_id(call.workflow_id);
  body.set_agent(call.agent);
  body.set_operation(call.operation);
  body.set_policy(static_cast<std::uint32_t>(call.policy));
  body.set_timeout_us(static_cast<std::uint64_t>(call.timeout.us));
  body.set_caller_namespace(state_.name_space());
  body.set_caller_workflow(run.workflow_id);
  const bool encloses = options_.atomic_batches && target != state_.self();
  const auto index = encloses ? 0 : add_payload(call.input.view());
  out.set_body_payload(index);
  add_outgoing(target, place.slot, std::move(body), call.input.view(), index);
}

void owner::add_cancel(const run_state& run, thing_number number, wire::Command& out) {
  out.set_kind(static_cast<std::uint32_t>(command_kind::cancel));
  out.set_number(number.value);
  const auto target = target_of_call(run, number);
  if (!target) return;
  wire::Body body;
  body.set_kind(static_cast<std::uint32_t>(body_kind::call_cancel));
  set_key(*body.mutable_caller(), run.key);
  body.set_command(number.value);
  add_outgoing(*target, {}, std::move(body), {}, 0);
}

/// Of an open call, also if this very turn makes it.
std::optional<partition_index> owner::target_of_call(const run_state& run,
                                                     thing_number number) const {
  if (const auto* open = run.find(number)) {
    if (open->kind != thing_kind::call || open->settled) return std::nullopt;
    return open->target;
  }
  for (const auto& command : turn_.commands()) {
    if (command.number() == number.value &&
        command.kind() == static_cast<std::uint32_t>(command_kind::call))
      return partition_index(command.target_partition());
  }
  return std::nullopt;
}

void owner::add_signal(const send_signal& signal, wire::Command& out) {
  const auto& space =
      signal.target_namespace.empty() ? state_.name_space() : signal.target_namespace;
  out.set_kind(static_cast<std::uint32_t>(command_kind::signal));
  out.set_name(signal.name);
  out.set_namespace_(signal.target_namespace);
  out.set_workflow_id(signal.workflow_id);
  out.set_body_hash(hash_bytes(signal.body.view()).value);
  const auto place = routes_.find(space, signal.workflow_id);
  if (!place.found) return;  // fire and forget: a missing target is nobody's failure
  wire::Body body;
  body.set_kind(static_cast<std::uint32_t>(body_kind::signal));
  body.set_workflow_id(signal.workflow_id);
  body.set_name(signal.name);
  body.set_caller_namespace(state_.name_space());
  const bool encloses = options_.atomic_batches && place.partition != state_.self();
  const auto index = encloses ? 0 : add_payload(signal.body.view());
  out.set_body_payload(index);
  add_outgoing(place.partition, place.slot, std::move(body), signal.body.view(), index);
}

void owner::add_outgoing(partition_index target, slot_number slot, wire::Body body,
                         std::string_view content, std::uint32_t payload_index) {
  auto& out = *turn_.add_outgoing();
  out.set_target(target.value);
  if (body.kind() == static_cast<std::uint32_t>(body_kind::call)) out.set_command(body.command());
  const auto last = MUTANT("numbers-from-memory") ? message_number{} : state_.numbered(target);
  const auto counted = staged_.try_emplace(target, last).first;
  counted->second = message_number(counted->second.value + 1);
  if (options_.atomic_batches) staged_order_.emplace_back(target, counted->second);
  if (options_.atomic_batches && target != state_.self()) {
    out.set_enclosed(true);
    enclosed_.push_back({target, slot, std::move(body), content, counted->second});
    return;
  }
  out.set_slot(slot.value);
  *out.mutable_body() = std::move(body);
  out.set_body_payload(payload_index);
}

/// The turn under construction is given up: its messages get no numbers.
void owner::unstage() {
  for (const auto& out : turn_.outgoing()) {
    auto& counted = staged_.at(partition_index(out.target()));
    counted = message_number(counted.value - 1);
    if (options_.atomic_batches) staged_order_.pop_back();
  }
}

/// DESIGN 3.8: the caller hears of the end, or, with the first turn, of the beginning.
void owner::add_end(const run_state& run, run_status status, std::string_view result,
                    std::uint32_t payload_index) {
  const bool closes = is_closed(status);
  if (!run.has_caller || (!closes && run.seq != turn_seq{})) return;
  wire::Body body;
  body.set_kind(
      static_cast<std::uint32_t>(closes ? body_kind::call_result : body_kind::call_started));
  set_key(*body.mutable_caller(), run.caller.run);
  body.set_command(run.caller.command.value);
  body.set_run_id(state_.run_id(run.key));
  if (closes) body.set_outcome(static_cast<std::uint32_t>(outcome_of(status)));
  add_outgoing(run.caller.partition, {}, std::move(body), closes ? result : std::string_view{},
               closes ? payload_index : 0);
}

/// DESIGN 2.5: controls are consumed in their own order by turns that run no user code.
void owner::record_control(run_state& run, work& on, timestamp now) {
  const auto& control = run.controls.front();
  auto status = run.status;
  switch (control.verb) {
    case control_verb::terminate:
      REACHED("run-terminated");
      status = run_status::terminated;
      break;
    case control_verb::pause:
      REACHED("run-paused");
      status = run.status == run_status::open ? run_status::paused : run.status;
      break;
    case control_verb::resume:
      REACHED("run-resumed");
      status = run_status::open;
      break;
    case control_verb::cancel:
      break;  // never here: it is data
  }
  begin_turn(run.key, run.seq, run.last, status);
  turn_.set_controls(1);
  if (!control.reason.empty()) turn_.set_detail(control.reason);
  if (status == run_status::parked) {
    turn_.set_park_reason(static_cast<std::uint32_t>(run.parked));
    if (run.detail) turn_.set_detail(*run.detail);
  }
  turn_.set_digest(chain_digest(run.last, turn_seq(turn_.seq()), {}, status, {}).value);
  add_end(run, status, {}, 0);
  on.recheck_steps = true;
  on.no_handler = false;
  fly(on, turn_seq(turn_.seq()), write_turn(run.slot, later(now)));
}

/// A turn that consumes nothing and runs nothing: the run waits for an operator's `resume`.
void owner::record_parking(run_state& run, work& on, park_reason why, std::string_view detail,
                           timestamp now) {
  REACHED("run-parked");
  drop_frame(run.key, on);
  begin_turn(run.key, run.seq, run.last, run_status::parked);
  turn_.set_park_reason(static_cast<std::uint32_t>(why));
  turn_.set_detail(std::string(detail));
  turn_.set_digest(chain_digest(run.last, turn_seq(turn_.seq()), {}, run_status::parked, {}).value);
  add_end(run, run_status::parked, {}, 0);
  fly(on, turn_seq(turn_.seq()), write_turn(run.slot, later(now)));
}

/// DESIGN 2.6: what the partition owes, as its own turn. Waits while the payloads of what is owed
/// are read.
void owner::record_system_turn(timestamp now) {
  constexpr std::size_t at_once = 1'000;
  const auto& owed = state_.owed_messages();
  if (role_ != role::owner || system_flying_ || handing_over_ || owed.empty()) return;
  begin_turn(system_run, state_.system_seq(), state_.system_digest(), run_status::open);
  std::size_t count = 0, bytes = 0;
  for (; count < std::min(at_once, owed.size()) && bytes < options_.append_bytes; ++count) {
    const auto& message = owed[count];
    std::string_view content;
    if (message.payload.at) {
      const auto [found, fresh] = owed_bodies_.try_emplace(message.payload);
      if (fresh) out_.owed_bodies.push_back(message.payload);
      if (!found->second) {  // asked for, not there yet
        REACHED("owed-answer-waits-for-its-body");
        break;
      }
      content = found->second->view();
    }
    bytes += content.size();
    const bool encloses = options_.atomic_batches && message.target != state_.self();
    add_outgoing(message.target, {}, message.body, content, encloses ? 0 : add_payload(content));
  }
  if (count == 0) return;
  turn_.set_owed(static_cast<std::uint32_t>(count));
  turn_.set_digest(chain_digest(state_.system_digest(), turn_seq(turn_.seq()), {}, run_status::open,
                                digest(count))
                       .value);
  system_turn_ = write_turn({}, later(now));
  system_flying_ = true;
  for (std::size_t i = 0; i < count; ++i) owed_bodies_.erase(owed[i].payload);
}

void owner::on_owed_body(body_ref where, payload content, timestamp now) {
  if (const auto found = owed_bodies_.find(where); found != owed_bodies_.end())
    found->second = std::move(content);
  record_system_turn(now);
}

void owner::record_clock(timestamp now) {
  const auto& due = state_.due();
  if (role_ != role::owner || handing_over_ || due.empty() || clock_asked_) return;
  auto time = later(now);
  if (due.begin()->due > time) return;
  if (time <= state_.fired()) REACHED("more-due-than-a-clock-fires");
  if (time <= state_.fired()) time = latest_ = timestamp{state_.fired().us + 1};
  clock_asked_ = true;
  wire::Clock clock;
  clock.set_epoch(state_.current().value);
  clock.set_time_us(time.us);
  append(record_kind::clock, clock, time, {}, state_.self());
}

}  // namespace perdure::runtime
