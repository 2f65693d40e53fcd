#include <algorithm>

#include "tests/unit/runtime/lone_fold.hpp"
#include "tests/unit/runtime/traces/player.hpp"

namespace perdure::runtime::traces {
namespace {

run_status to_status(words& said) {
  for (const auto status :
       {run_status::paused, run_status::parked, run_status::completed, run_status::failed,
        run_status::cancelled, run_status::terminated, run_status::timed_out}) {
    if (said.has(name(status))) return status;
  }
  return run_status::open;
}

/// "200ms:3:10s": the first wait, the most attempts, the total time.
retry_policy to_retry(const std::string& text) {
  const auto parts = split(text, ':');
  retry_policy retry{.initial = {to_us(parts[0])}};
  if (parts.size() > 1) retry.maximum_attempts = static_cast<std::uint32_t>(to_number(parts[1]));
  if (parts.size() > 2) retry.total_time = {to_us(parts[2])};
  return retry;
}

close_policy to_close_policy(std::string_view word) {
  if (word == "terminate") return close_policy::terminate;
  if (word == "abandon") return close_policy::abandon;
  return close_policy::cancel;
}

std::uint32_t small(std::string_view text) { return static_cast<std::uint32_t>(to_number(text)); }

}  // namespace

/// What an owner that saw this state would write, but for what the trace says otherwise.
std::string player::turn(partition& where, words& said) {
  const auto key = said.at(1) == "system" ? system_run : to_run(said.at(1));
  const auto* run = where.folded.find(key);
  wire::Turn turn;
  turn.set_epoch(said.number("epoch", where.folded.current().value));
  set_key(*turn.mutable_run(), key);
  turn.set_seq(
      said.number("seq", (run != nullptr ? run->seq : where.folded.system_seq()).value + 1));
  turn.set_before(
      said.number("before", (run != nullptr ? run->last : where.folded.system_digest()).value));
  turn.set_digest(turn.before() * 31 + turn.seq());
  turn.set_status(static_cast<std::uint32_t>(to_status(said)));
  if (turn.status() == static_cast<std::uint32_t>(run_status::parked))
    turn.set_park_reason(static_cast<std::uint32_t>(park_reason::exception));
  for (const auto& result : said.values("encloses")) {
    const auto parts = split(result, ':');
    add_result(turn, small(parts[0]), parts.size() > 1 ? small(parts[1]) : 1);
  }
  static const run_state nobody;
  if (key == system_run) {
    turn.set_owed(static_cast<std::uint32_t>(said.number("owed", 0)));
    for (std::uint32_t i = 0; i < turn.owed() && i < where.folded.owed_messages().size(); ++i) {
      const auto& owed = where.folded.owed_messages()[i];
      send(turn, owed.target, owed.body, {});
    }
  } else {
    consume(run == nullptr ? nobody : *run, turn, said);
    command(where, run == nullptr ? nobody : *run, turn, said);
    end(run == nullptr ? nobody : *run, turn);
  }
  if (said.has("enclosed")) {
    for (auto& outgoing : *turn.mutable_outgoing())
      outgoing.set_enclosed(outgoing.target() != where.folded.self().value);
  }
  const timestamp now{to_us(said.value("at", fmt::format("{}us", where.folded.time().us)))};
  said.finish(2);
  return encoded(record_kind::turn, turn, now);
}

/// `take=2` or `take=all` of what waits, oldest first; `take=last` alone is no prefix.
void player::consume(const run_state& run, wire::Turn& turn, words& said) {
  const auto take = said.value("take", "0");
  auto count = take == "all" || take == "last" ? run.data.size() : to_number(take);
  for (std::size_t i = take == "last" && count > 0 ? count - 1 : 0; i < count; ++i) {
    auto& consumed = *turn.add_consumed();
    if (i >= run.data.size()) continue;  // more than waits
    const auto& item = run.data[i];
    consumed.set_kind(static_cast<std::uint32_t>(item.kind));
    consumed.set_at(item.at.value);
    consumed.set_part(item.part);
    consumed.set_thing(item.thing.value);
  }
  turn.set_controls(static_cast<std::uint32_t>(said.number("controls", 0)));
}

void player::command(const partition& where, const run_state& run, wire::Turn& turn, words& said) {
  const auto retry = to_retry(said.value("retry", "200ms"));
  const auto on_close = to_close_policy(said.value("on_close", "cancel"));
  for (const auto& step : said.values("step")) {
    const auto parts = split(step, ':');
    add_step(turn, small(parts[0]),
             parts.size() > 1 && parts[1] == "at_most_once" ? step_mode::at_most_once
                                                            : step_mode::at_least_once,
             retry);
  }
  for (const auto& timer : said.values("timer")) {
    const auto parts = split(timer, ':');
    add_timer(turn, small(parts[0]), to_us(parts.at(1)));
  }
  for (const auto& call : said.values("call")) {  // 1:Q:callee, or 1:Q:callee:attach
    const auto parts = split(call, ':');
    const auto& target = at(parts.at(1)).folded;
    add_call(turn, small(parts[0]), target.self().value, on_close);
    auto body = call_body(
        parts.at(2), where.folded.name_space(),
        parts.size() > 3 && parts[3] == "attach" ? id_policy::attach : id_policy::reject_running,
        run.key, small(parts[0]));
    send(turn, target.self(), std::move(body), "in");
  }
  for (const auto& signal : said.values("signals")) {  // Q:callee:hello
    const auto parts = split(signal, ':');
    wire::Body body;
    body.set_kind(static_cast<std::uint32_t>(body_kind::signal));
    body.set_workflow_id(parts.at(1));
    body.set_name(parts.at(2));
    body.set_caller_namespace(where.folded.name_space());
    send(turn, at(parts[0]).folded.self(), std::move(body), {});
  }
  for (const auto& cancel : said.values("cancel")) {
    auto& out = *turn.add_commands();
    out.set_kind(static_cast<std::uint32_t>(command_kind::cancel));
    out.set_number(small(cancel));
    const auto* open = run.find(thing_number(small(cancel)));
    if (open == nullptr || open->kind != thing_kind::call || open->settled) continue;
    wire::Body body;
    body.set_kind(static_cast<std::uint32_t>(body_kind::call_cancel));
    set_key(*body.mutable_caller(), run.key);
    body.set_command(open->number.value);
    send(turn, open->target, std::move(body), {});
  }
  for (const auto& wait : said.values("wait")) {  // 2:1,2,3
    const auto parts = split(wait, ':');
    add_wait(turn, small(parts[0]), {});
    for (const auto& thing : split(parts.at(1), ','))
      turn.mutable_waits()->rbegin()->add_things(small(thing));
  }
  turn.set_waits_for_signal(said.has("waits_for_signal"));
}

/// The caller hears of the end, or with the first turn of the beginning.
void player::end(const run_state& run, wire::Turn& turn) {
  const auto status = static_cast<run_status>(turn.status());
  if (!run.has_caller || (!is_closed(status) && run.seq != turn_seq{})) return;
  wire::Body body;
  body.set_kind(static_cast<std::uint32_t>(is_closed(status) ? body_kind::call_result
                                                             : body_kind::call_started));
  set_key(*body.mutable_caller(), run.caller.run);
  body.set_command(run.caller.command.value);
  body.set_run_id(fmt::format("run {}", run.key));
  if (is_closed(status)) body.set_outcome(static_cast<std::uint32_t>(outcome_of(status)));
  send(turn, run.caller.partition, std::move(body), is_closed(status) ? "out" : "");
}

void player::send(wire::Turn& turn, partition_index target, wire::Body body,
                  const std::string& content) {
  auto& outgoing = *turn.add_outgoing();
  outgoing.set_target(target.value);
  *outgoing.mutable_body() = std::move(body);
  contents_.push_back(content);
}

}  // namespace perdure::runtime::traces
