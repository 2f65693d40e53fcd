#include <algorithm>

#include "runtime/apply/attempt_end.hpp"
#include "runtime/apply/delivery.hpp"
#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

/// Controls and parking are turns that run no user code (DESIGN 2.5): what the run waits for stays
/// as it was.
bool ran_code(const wire::Turn& turn) {
  return turn.controls() == 0 && static_cast<run_status>(turn.status()) != run_status::parked;
}

retry_policy policy_of(const wire::Retry& retry) {
  return {duration_from(retry.initial_us()), retry.factor_permille(),
          duration_from(retry.longest_us()), retry.maximum_attempts(),
          duration_from(retry.total_us())};
}

}  // namespace

void state::apply_turn(const decoded_record& record, actions& out) {
  const auto& turn = record.as<wire::Turn>();
  if (key_of(turn.run()) == system_run) return apply_system_turn(record, out);
  auto* const run = find(key_of(turn.run()));
  if (const auto why = void_reason(turn, run); !why.empty()) {
    out.emplace_back(turn_void{key_of(turn.run()), turn_seq(turn.seq()), std::string(why)});
    REACHED("void-turn");
    for (int i = 0; run != nullptr && i < turn.results_size() && !MUTANT("paid-work-thrown-away");
         ++i) {  // §2.7: paid work is not thrown away
      const auto& result = turn.results(i);
      if (!is_outcome(result.outcome())) continue;
      const auto part = result_part(static_cast<std::uint32_t>(i));
      end_attempt(*run,
                  {thing_number(result.step()),
                   attempt_number(result.attempt()),
                   static_cast<outcome>(result.outcome()),
                   false,
                   {record.at, part},
                   body_of(record, part)},
                  out);
    }
    return;
  }
  time_ = std::max(time_, record.time());
  run->seq = turn_seq(turn.seq());
  run->last = digest(turn.digest());
  run->updated = time_;
  if (!MUTANT("suspicion-never-forgiven")) run->suspect = 0;
  run->activation_started = run->convicted = false;
  run->journal.push_back(record.at);
  set_status(*run, static_cast<run_status>(turn.status()));
  run->parked = static_cast<park_reason>(turn.park_reason());
  run->detail = turn.detail().empty() ? nullptr : std::make_unique<std::string>(turn.detail());
  if (!turn.build().empty()) run->build = intern(turn.build());
  out.emplace_back(turn_recorded{run->key, run->seq});
  consume(*run, turn, out);
  open_things(*run, record, turn, out);
  if (ran_code(turn)) set_waits(*run, turn);
  send(record, turn, out);
  if (is_closed(run->status)) close_run(*run, record.at, out);
}

void state::consume(run_state& run, const wire::Turn& turn, actions& out) {
  const auto count = turn.consumed_size();
  for (int i = 0; i < count; ++i) {
    const auto& item = run.data[static_cast<std::size_t>(i)];
    if (item.kind == item_kind::call_started) continue;
    if (item.thing && !MUTANT("settled-thing-kept")) drop_thing(run, item.thing);
  }
  run.data.erase(run.data.begin(), run.data.begin() + count);
  run.controls.erase(run.controls.begin(), run.controls.begin() + turn.controls());
  for (const auto& result : turn.results()) {
    const thing_number number(result.step());
    out.emplace_back(settled{run.key, number, static_cast<outcome>(result.outcome())});
    if (const auto* step = run.find(number);
        step->attempt != attempt_number(result.attempt()) && !step->backing_off) {
      out.emplace_back(attempt_ended{run.key, number, step->attempt});
    }
    drop_thing(run, number);
  }
}

void state::open_things(run_state& run, const decoded_record& record, const wire::Turn& turn,
                        actions& out) {
  for (int i = 0; i < turn.commands_size(); ++i) {
    const auto& command = turn.commands(i);
    const thing_number number(command.number());
    switch (static_cast<command_kind>(command.kind())) {
      case command_kind::cancel:
        cancel_thing(run, number, out);
        break;
      case command_kind::signal:
        break;
      case command_kind::step:
      case command_kind::timer:
      case command_kind::call:
        open_thing(run, command, {record.at, command_part(static_cast<std::uint32_t>(i))}, out);
        break;
    }
  }
}

void state::open_thing(run_state& run, const wire::Command& command, body_ref body, actions& out) {
  thing opened;
  opened.number = thing_number(command.number());
  opened.body = body;
  opened.opened = time_;
  run.last_thing = std::max(run.last_thing, opened.number);
  switch (static_cast<command_kind>(command.kind())) {
    case command_kind::step:
      opened.kind = thing_kind::step;
      opened.mode = static_cast<step_mode>(command.mode());
      opened.name = intern(command.name());
      opened.policy = policies_.take(policy_of(command.retry()));
      opened.attempt_timeout = duration_from(command.timeout_us());
      out.emplace_back(attempt_opened{run.key, opened.number, opened.attempt});
      break;
    case command_kind::timer:
      opened.kind = thing_kind::timer;
      opened.due = {command.due_us()};
      due_.insert({opened.due, run.key, opened.number, due_kind::timer});
      break;
    default:
      opened.kind = thing_kind::call;
      opened.name = intern(command.agent() + "/" + command.operation());
      opened.target = partition_index(command.target_partition());
      opened.on_close = static_cast<close_policy>(command.on_close());
      break;
  }
  run.things.push_back(opened);
}

/// Steps and timers end here; of a call the result is still awaited, and the turn sends a
/// call_cancel.
void state::cancel_thing(run_state& run, thing_number number, actions& out) {
  const auto* open = run.find(number);
  if (open == nullptr || open->kind == thing_kind::call) return;
  REACHED("thing-cancelled");
  if (open->kind == thing_kind::step && !open->settled)
    out.emplace_back(attempt_ended{run.key, number, open->attempt});
  drop_thing(run, number);
}

void state::set_waits(run_state& run, const wire::Turn& turn) {
  run.waits.clear();
  for (const auto& wait : turn.waits()) {
    auto& opened = run.waits.emplace_back(open_wait{wait.need(), {}});
    for (const auto number : wait.things()) opened.things.emplace_back(number);
  }
  run.waits_for_signal = turn.waits_for_signal();
  bool woken = false;
  for (const auto& item : run.data)
    woken |= wakes(run, item);  // what arrived since the activation began
  if (!MUTANT("arrival-during-activation-lost")) set_woken(run, woken);
}

/// DESIGN 3.1: the fold numbers the messages of valid turns per channel, in log order. §3.4: those
/// to the own partition are delivered here, enclosed ones lie in the same batch, all others wait in
/// the outbox.
void state::send(const decoded_record& record, const wire::Turn& turn, actions& out) {
  for (int i = 0; i < turn.outgoing_size(); ++i) {
    const auto& outgoing = turn.outgoing(i);
    const auto part = outgoing_part(static_cast<std::uint32_t>(i));
    const partition_index target(outgoing.target());
    auto& number = numbered_[target];
    number = message_number(number.value + 1);
    out.emplace_back(message_numbered{target, number, outgoing.enclosed()});
    if (target == self_) {
      taken_[self_] = {log_, number};
      out.emplace_back(message_taken{self_, number});
      deliver({self_, outgoing.body(), record.at, part, body_of(record, part),
               slot_number(static_cast<std::uint16_t>(outgoing.slot())), time_},
              out);
    } else if (!outgoing.enclosed() || MUTANT("enclosed-kept-in-outbox")) {
      outbox_[target].push_back({number, {record.at, part}});
    }
  }
}

/// DESIGN 2.6: the partition's own turn, run 0: records and sends what is owed.
void state::apply_system_turn(const decoded_record& record, actions& out) {
  const auto& turn = record.as<wire::Turn>();
  const turn_seq seq(turn.seq());
  std::string_view why;
  if (epoch(turn.epoch()) != epoch_)
    why = "of another epoch";
  else if (seq.value != system_seq_.value + 1)
    why = "not the partition's next turn";
  else if (digest(turn.before()) != system_digest_)
    why = "it follows another turn than the last";
  else if (turn.owed() > owed_.size())
    why = "it consumes more than is owed";
  if (!why.empty()) {
    REACHED("void-system-turn");
    out.emplace_back(turn_void{system_run, seq, std::string(why)});
    return;
  }
  time_ = std::max(time_, record.time());
  system_seq_ = seq;
  system_digest_ = digest(turn.digest());
  owed_.erase(owed_.begin(),
              MUTANT("all-owed-dropped") ? owed_.end() : owed_.begin() + turn.owed());
  out.emplace_back(turn_recorded{system_run, seq});
  send(record, turn, out);
}

}  // namespace perdure::runtime
