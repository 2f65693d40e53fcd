#include "tests/unit/runtime/lone_fold.hpp"

#include "runtime/invariant.hpp"

namespace perdure::runtime {

lone_fold::lone_fold() {
  put(log_opened_record(7, "alpha", 0, 2));
  claim(1);
}

std::string lone_fold::put(const std::string& record) {
  log_.push_back(record);
  const offset at(log_.size());
  const auto decoded = decoder_.decode(at, payload(record));
  INVARIANT(decoded.has_value(), "{}", decoded.error().message);
  actions did;
  folded.apply(*decoded, did);
  std::string text;
  for (const auto& action : did) text += to_text(action) + "\n";
  return text;
}

std::string lone_fold::copy(offset of) { return put(std::string(log_.at(of.value - 1))); }

std::string lone_fold::claim(std::uint64_t session, std::initializer_list<run_key> suspects) {
  wire::Claim claim;
  claim.set_session(session);
  claim.set_replaces(folded.current().value);
  claim.set_suspects_known(true);
  for (const auto key : suspects) set_key(*claim.add_suspects(), key);
  return put(encoded(record_kind::claim, claim));
}

std::string lone_fold::clock(std::int64_t us) {
  wire::Clock clock;
  clock.set_epoch(folded.current().value);
  clock.set_time_us(us);
  return put(encoded(record_kind::clock, clock, {us}));
}

std::string lone_fold::started(run_key run, std::uint32_t step, std::uint64_t attempt_or_seq) {
  wire::Started started;
  started.set_epoch(folded.current().value);
  set_key(*started.mutable_run(), run);
  started.set_step(step);
  if (step != 0)
    started.set_attempt(static_cast<std::uint32_t>(attempt_or_seq));
  else
    started.set_seq(attempt_or_seq);
  return put(encoded(record_kind::started, started));
}

run_key lone_fold::start(start_words words) {
  put(start_record(words));
  return {last(), {}};
}

std::string lone_fold::message(std::uint32_t source, std::uint64_t number, const wire::Body& body,
                               std::string_view content) {
  wire::Message message;
  message.set_source_incarnation(7);
  message.set_source_partition(source);
  message.set_number(number);
  *message.mutable_body() = body;
  message.set_body_payload(1);
  return put(encoded(record_kind::message, message, {}, {content}));
}

wire::Turn lone_fold::turn(run_key key) const {
  wire::Turn turn;
  turn.set_epoch(folded.current().value);
  set_key(*turn.mutable_run(), key);
  const auto* run = folded.find(key);
  turn.set_seq((run != nullptr ? run->seq : folded.system_seq()).value + 1);
  turn.set_before((run != nullptr ? run->last : folded.system_digest()).value);
  turn.set_digest(turn.before() * 31 + turn.seq());
  turn.set_status(static_cast<std::uint32_t>(run_status::open));
  return turn;
}

wire::Turn lone_fold::consuming(run_key key) const {
  auto turn = this->turn(key);
  for (const auto& item : run(key).data) {
    auto& consumed = *turn.add_consumed();
    consumed.set_kind(static_cast<std::uint32_t>(item.kind));
    consumed.set_at(item.at.value);
    consumed.set_part(item.part);
    consumed.set_thing(item.thing.value);
  }
  return turn;
}

std::string lone_fold::put(const wire::Turn& turn, std::initializer_list<std::string_view> bodies,
                           std::int64_t us) {
  return put(encoded(record_kind::turn, turn, {us}, bodies));
}

void add_step(wire::Turn& turn, std::uint32_t number, step_mode mode, retry_policy retry) {
  auto& command = *turn.add_commands();
  command.set_kind(static_cast<std::uint32_t>(command_kind::step));
  command.set_number(number);
  command.set_name("step");
  command.set_mode(static_cast<std::uint32_t>(mode));
  command.mutable_retry()->set_initial_us(static_cast<std::uint64_t>(retry.initial.us));
  command.mutable_retry()->set_factor_permille(retry.factor_permille);
  command.mutable_retry()->set_longest_us(static_cast<std::uint64_t>(retry.longest.us));
  command.mutable_retry()->set_maximum_attempts(retry.maximum_attempts);
  command.mutable_retry()->set_total_us(static_cast<std::uint64_t>(retry.total_time.us));
}

void add_timer(wire::Turn& turn, std::uint32_t number, std::int64_t due_us) {
  auto& command = *turn.add_commands();
  command.set_kind(static_cast<std::uint32_t>(command_kind::timer));
  command.set_number(number);
  command.set_due_us(due_us);
}

void add_call(wire::Turn& turn, std::uint32_t number, std::uint32_t target, close_policy on_close) {
  auto& command = *turn.add_commands();
  command.set_kind(static_cast<std::uint32_t>(command_kind::call));
  command.set_number(number);
  command.set_target_partition(target);
  command.set_on_close(static_cast<std::uint32_t>(on_close));
}

void add_wait(wire::Turn& turn, std::uint32_t need, std::initializer_list<std::uint32_t> things) {
  auto& wait = *turn.add_waits();
  wait.set_need(need);
  for (const auto thing : things) wait.add_things(thing);
}

void add_result(wire::Turn& turn, std::uint32_t step, std::uint32_t attempt, outcome result) {
  auto& enclosed = *turn.add_results();
  enclosed.set_step(step);
  enclosed.set_attempt(attempt);
  enclosed.set_outcome(static_cast<std::uint32_t>(result));
}

wire::Body call_body(std::string_view workflow_id, std::string_view from, id_policy policy,
                     run_key caller, std::uint32_t command) {
  wire::Body body;
  body.set_kind(static_cast<std::uint32_t>(body_kind::call));
  set_key(*body.mutable_caller(), caller);
  body.set_command(command);
  body.set_workflow_id(std::string(workflow_id));
  body.set_agent("agent");
  body.set_operation("run");
  body.set_policy(static_cast<std::uint32_t>(policy));
  body.set_caller_namespace(std::string(from));
  return body;
}

}  // namespace perdure::runtime
