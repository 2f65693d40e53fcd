#include <map>

#include "runtime/decoded_record.hpp"
#include "runtime/journal.hpp"

namespace perdure::runtime {
namespace {

struct opened_thing {
  std::string kind, name;
  timestamp at;
};

/// Tells turns as events; remembers what was opened under which number.
class storyteller {
 public:
  explicit storyteller(partition_log from) : log_(from) {}

  expected<void> tell(const decoded_record& record) {
    const auto& turn = record.as<wire::Turn>();
    if (!turn.build().empty()) build_ = turn.build();
    for (const auto& item : turn.consumed()) {
      if (auto told = tell_item(record, turn, item); !told) return told;
    }
    for (const auto& result : turn.results()) {
      auto& event = add(record, turn, "");
      end_thing(event, result.step(), result.attempt(), static_cast<outcome>(result.outcome()));
      event.took = duration_from(result.took_us());
      event.body = record.view.body(result.body_payload());
    }
    for (int i = 0; i < turn.commands_size(); ++i) {
      if (auto told = tell_command(record, turn, turn.commands(i)); !told) return told;
    }
    tell_end(record, turn);
    return {};
  }

  std::vector<history_event> take() { return std::move(events_); }

 private:
  history_event& add(const decoded_record& record, const wire::Turn& turn, std::string kind) {
    auto& event = events_.emplace_back();
    event.at = record.at;
    event.time = record.time();
    event.seq = turn_seq(turn.seq());
    event.kind = std::move(kind);
    event.build = build_;
    return event;
  }

  void end_thing(history_event& event, std::uint32_t number, std::uint32_t attempt,
                 outcome result) {
    const auto& opened = things_[number];
    event.kind = opened.kind + (result == outcome::ok ? "_completed" : "_failed");
    event.name = opened.name;
    event.thing = thing_number(number);
    event.attempt = attempt;
    event.result = result;
    if (opened.at.us != 0) event.took = event.time - opened.at;
  }

  expected<void> tell_item(const decoded_record& record, const wire::Turn& turn,
                           const wire::Item& item) {
    static const std::map<item_kind, const char*> plain = {
        {item_kind::start, "started"},
        {item_kind::signal, "signal_received"},
        {item_kind::cancel, "cancel_requested"},
        {item_kind::timer_fired, "timer_fired"},
        {item_kind::call_started, "call_started"},
        {item_kind::deadline, "deadline_passed"}};
    const auto kind = static_cast<item_kind>(item.kind());
    auto& event = add(record, turn, "");
    if (const auto found = plain.find(kind); found != plain.end()) {
      event.kind = found->second;
      event.name = kind == item_kind::call_started ? things_[item.thing()].name : item.name();
      event.thing = thing_number(item.thing());
      if (kind == item_kind::call_started) event.target = item.name();
    } else {
      end_thing(event, item.thing(), item.attempt(), static_cast<outcome>(item.outcome()));
      if (kind == item_kind::step_result) {
        if (auto took = took_of(item); !took)
          return std::unexpected(took.error());
        else if (took->us != 0)
          event.took = *took;
      }
    }
    if (!has_body(kind)) return {};
    auto body = load_body(log_, {offset(item.at()), item.part()});
    if (!body) return std::unexpected(body.error());
    event.body = *std::move(body);
    return {};
  }

  /// How long the attempt ran, from the record of its result; 0: not known.
  expected<duration> took_of(const wire::Item& item) {
    const offset at[] = {offset(item.at())};
    auto records = log_.read_at(at);
    if (!records) return std::unexpected(records.error());
    record_decoder decoder;
    const auto decoded = decoder.decode(at[0], records->front().bytes);
    if (!decoded) return std::unexpected(decoded.error());
    if (decoded->kind() != record_kind::step_result) return duration{};
    return duration_from(decoded->as<wire::StepResult>().took_us());
  }

  expected<void> tell_command(const decoded_record& record, const wire::Turn& turn,
                              const wire::Command& command) {
    auto& event = add(record, turn, "");
    event.thing = thing_number(command.number());
    event.body = record.view.body(command.body_payload());
    switch (static_cast<command_kind>(command.kind())) {
      case command_kind::step:
        event.kind = "step_scheduled";
        event.name = command.name();
        if (static_cast<step_mode>(command.mode()) == step_mode::at_most_once)
          event.detail = "at most once";
        things_[command.number()] = {"step", command.name(), record.time()};
        return {};
      case command_kind::timer:
        event.kind = "timer_started";
        event.due = {command.due_us()};
        things_[command.number()] = {"timer", {}, record.time()};
        return {};
      case command_kind::call:
        event.kind = "call_scheduled";
        event.name = command.agent() + "/" + command.operation();
        event.target = command.namespace_() + "/" + command.workflow_id();
        things_[command.number()] = {"call", event.name, record.time()};
        if (command.body_payload() == 0) return tell_enclosed_input(record, turn, command, event);
        return {};
      case command_kind::cancel:
        event.kind = things_[command.number()].kind + "_cancelled";
        event.name = things_[command.number()].name;
        return {};
      case command_kind::signal:
        event.kind = "signal_sent";
        event.name = command.name();
        event.target = command.namespace_() + "/" + command.workflow_id();
        return {};
    }
    event.kind = "unknown_command";
    return {};
  }

  /// The input of a call that lies in the same batch as the turn (DESIGN 3.4). A call to a
  /// namespace that is not there went nowhere, and its input with it.
  expected<void> tell_enclosed_input(const decoded_record& record, const wire::Turn& turn,
                                     const wire::Command& command, history_event& event) {
    std::uint64_t behind = 0;
    for (const auto& outgoing : turn.outgoing()) {
      behind += outgoing.enclosed() ? 1 : 0;
      if (outgoing.command() != command.number()) continue;
      if (!outgoing.enclosed()) return {};
      auto where = log_;
      where.which = partition_index(outgoing.target());
      auto body = load_body(where, {offset(record.at.value + behind), 0});
      if (!body) return std::unexpected(body.error());
      event.body = *std::move(body);
      return {};
    }
    return {};
  }

  void tell_end(const decoded_record& record, const wire::Turn& turn) {
    const auto status = static_cast<run_status>(turn.status());
    if (turn.controls() != 0 && !is_closed(status)) {
      add(record, turn, status == run_status::paused ? "paused" : "resumed").detail = turn.detail();
      return;
    }
    if (status == run_status::open || status == run_status::paused) return;
    auto& event = add(record, turn, std::string(name(status)));
    event.detail = turn.detail();
    if (is_closed(status)) event.result = outcome_of(status);
    if (status == run_status::parked)
      event.name = name(static_cast<park_reason>(turn.park_reason()));
    event.body = record.view.body(turn.result_payload());
  }

  partition_log log_;
  std::string build_;
  std::map<std::uint32_t, opened_thing> things_;
  std::vector<history_event> events_;
};

}  // namespace

expected<std::vector<history_event>> load_history(partition_log from,
                                                  std::span<const offset> turns) {
  auto records = from.read_at(turns);
  if (!records) return std::unexpected(records.error());
  storyteller story(from);
  record_decoder decoder;
  for (auto& record : *records) {
    const auto decoded = decode_turn(decoder, record);
    if (!decoded) return std::unexpected(decoded.error());
    if (auto told = story.tell(*decoded); !told) return std::unexpected(told.error());
  }
  return story.take();
}

}  // namespace perdure::runtime
