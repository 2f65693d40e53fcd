#include "tests/unit/runtime/script_turn.hpp"

#include "runtime/body.hpp"
#include "runtime/decoded_record.hpp"
#include "runtime/invariant.hpp"

namespace perdure::runtime {

void code_frame::take(const data_item& item) {
  switch (item.kind) {
    case item_kind::start:
      input = item.body.view();
      return;
    case item_kind::cancel:
    case item_kind::deadline:
      cancelled = true;
      return;
    case item_kind::signal:
    case item_kind::call_started:
      return;
    case item_kind::step_result:
    case item_kind::timer_fired:
    case item_kind::call_result:
      open.erase(item.thing);
      return;
  }
}

void code_frame::give(const command& given) {
  const auto opened = [this](thing_number number, command_kind kind) {
    last = number;
    open[number] = kind;
  };
  if (const auto* step = std::get_if<run_step>(&given)) {
    opened(step->number, command_kind::step);
  } else if (const auto* timer = std::get_if<start_timer>(&given)) {
    opened(timer->number, command_kind::timer);
  } else if (const auto* call = std::get_if<call_agent>(&given)) {
    opened(call->number, command_kind::call);
  } else if (const auto* cancel = std::get_if<cancel_thing>(&given)) {
    const auto found = open.find(cancel->number);
    if (found != open.end() && found->second != command_kind::call) open.erase(found);
  }
}

namespace {

void replay_command(code_frame& frame, const wire::Command& command) {
  const thing_number number(command.number());
  switch (static_cast<command_kind>(command.kind())) {
    case command_kind::step:
      return frame.give(run_step{number, {}, {}, {}, {}, {}});
    case command_kind::timer:
      return frame.give(start_timer{number, {}});
    case command_kind::call:
      return frame.give(call_agent{number, {}, {}, {}, {}, {}, {}, {}, {}});
    case command_kind::cancel:
      return frame.give(cancel_thing{number});
    case command_kind::signal:
      return;
  }
}

}  // namespace

code_frame replayed(memory_log& log, std::span<const offset> journal) {
  code_frame frame;
  record_decoder decoder, inner;
  digest before;
  std::uint64_t seq = 0;
  for (const auto at : journal) {
    const auto record = decoder.decode(at, log.at(at));
    const auto& turn = record->as<wire::Turn>();
    INVARIANT(turn.seq() == ++seq && digest(turn.before()) == before,
              "the journal's turn at {} is {} after {}", at, turn.seq(), seq - 1);
    before = digest(turn.digest());
    if (turn.controls() != 0 || static_cast<run_status>(turn.status()) == run_status::parked)
      continue;
    for (const auto& item : turn.consumed()) {
      data_item data;
      data.kind = static_cast<item_kind>(item.kind());
      data.thing = thing_number(item.thing());
      if (data.kind == item_kind::start) {
        const auto start = inner.decode(offset(item.at()), log.at(offset(item.at())));
        data.body = body_of(*start, item.part());
      }
      frame.take(data);
    }
    for (const auto& result : turn.results()) frame.open.erase(thing_number(result.step()));
    for (const auto& command : turn.commands()) replay_command(frame, command);
    ++frame.turns;
  }
  return frame;
}

script_turn::script_turn(const activation& work, code_frame& frame) : work_(work), frame_(frame) {
  for (const auto& item : work.data) frame_.take(item);
}

std::string script_turn::given(thing_number thing) const {
  for (const auto& item : work_.data) {
    if (item.thing == thing && item.kind != item_kind::call_started)
      return std::string(item.body.view());
  }
  return "-";
}

thing_number script_turn::next() { return thing_number(frame_.last.value + 1); }

void script_turn::add(command given) {
  frame_.give(given);
  result_.commands.push_back(std::move(given));
}

thing_number script_turn::step(std::string name, step_words words) {
  const auto number = next();
  add(run_step{number, std::move(name), payload(std::move(words.arguments)), words.mode,
               words.retry, words.timeout});
  return number;
}

thing_number script_turn::timer(duration delay) {
  const auto number = next();
  add(start_timer{number, work_.now + delay});
  return number;
}

thing_number script_turn::call(call_words words) {
  const auto number = next();
  add(call_agent{number, std::move(words.name_space), std::move(words.agent), "run",
                 std::move(words.workflow_id), words.policy, words.on_close, words.timeout,
                 payload(std::move(words.input))});
  return number;
}

void script_turn::cancel(thing_number number) { add(cancel_thing{number}); }

void script_turn::signal(std::string workflow_id, std::string name, std::string body,
                         std::string name_space) {
  add(send_signal{std::move(name_space), std::move(workflow_id), std::move(name),
                  payload(std::move(body))});
}

void script_turn::wait(std::uint32_t need, std::vector<thing_number> things) {
  waits_given_ = true;
  result_.waits.push_back({need, std::move(things)});
}

void script_turn::end(run_status status, std::string result) {
  result_.status = status;
  result_.result = payload(std::move(result));
}

void script_turn::park(park_reason why, std::string detail) {
  result_.status = run_status::parked;
  result_.parked = why;
  result_.detail = std::move(detail);
}

void script_turn::log(std::string text) {
  result_.log.push_back({log_line::level::info, std::move(text)});
}

turn_result script_turn::take() {
  ++frame_.turns;
  if (result_.status == run_status::open && !waits_given_ && !frame_.open.empty()) {
    auto& all = result_.waits.emplace_back();
    for (const auto& [number, kind] : frame_.open) all.things.push_back(number);
  }
  std::vector<command_summary> commands;
  for (const auto& given : result_.commands) commands.push_back(summarise(given, work_.now));
  result_.after =
      chain_digest(work_.before, work_.seq, commands, result_.status,
                   is_closed(result_.status) ? hash_bytes(result_.result.view()) : digest{});
  result_.build = "build-1";
  return std::move(result_);
}

}  // namespace perdure::runtime
