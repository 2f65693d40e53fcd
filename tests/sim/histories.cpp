#include "tests/sim/histories.hpp"

#include <map>

#include "runtime/body.hpp"
#include "tests/sim/violated.hpp"

namespace perdure::sim {
namespace {

namespace wire = runtime::wire;
using runtime::command_kind;
using runtime::item_kind;
using runtime::run_status;

/// Compares one event after the other with what stands in the log.
class reader {
 public:
  reader(const recorded_run& of, std::span<const runtime::history_event> told)
      : of_(of), told_(told) {}

  void turn(const runtime::decoded_record& record) {
    const auto& turn = record.as<wire::Turn>();
    expect(turn.seq() == ++seq_, "a turn is missing");
    if (!turn.build().empty()) build_ = turn.build();
    for (const auto& item : turn.consumed()) consumed(next(record), item);
    for (const auto& result : turn.results()) {
      const auto& event = next(record);
      ends(event, result.step(), result.outcome());
      expect(event.attempt == result.attempt(), "has another attempt");
      expect(event.body == record.view.body(result.body_payload()), "has another result");
    }
    for (const auto& command : turn.commands()) asked_for(next(record), command);
    const auto status = static_cast<run_status>(turn.status());
    if (turn.controls() != 0 && !is_closed(status))
      becomes(next(record), status == run_status::paused ? "paused" : "resumed");
    else if (status == run_status::parked || is_closed(status))
      becomes(next(record), name(status));
    if (!is_closed(status)) return;
    const auto& last = told_[at_ - 1];
    expect(last.result == outcome_of(status), "ends with another outcome");
    expect(last.body == record.view.body(turn.result_payload()), "ends with another result");
    expect(at_ == told_.size(), "goes on behind its end");
    closed_ = true;
  }

  void end() const { expect(closed_, "has no end"); }

 private:
  struct opened {
    std::string kind, name;
    bool ended = false;
  };

  void expect(bool holds, std::string_view what) const {
    if (holds) return;
    throw violated(fmt::format("the history of {} {}, event {} of {}{}", of_.who.workflow_id, what,
                               at_, told_.size(), at_ == 0 ? "" : ": " + told_[at_ - 1].kind));
  }

  const runtime::history_event& next(const runtime::decoded_record& record) {
    expect(at_ < told_.size(), "has an event too few");
    const auto& event = told_[at_++];
    expect(event.at == record.at && event.seq.value == seq_, "is of another turn");
    expect(event.time == record.time(), "is of another time");
    expect(event.build == build_, "is of another build");
    return event;
  }

  void becomes(const runtime::history_event& event, std::string_view what) const {
    expect(event.kind == what, fmt::format("does not say '{}'", what));
  }

  /// Of what was asked for before, and for the first time.
  void ends(const runtime::history_event& event, std::uint32_t thing, std::uint32_t result) {
    const auto found = things_.find(thing);
    expect(found != things_.end() && !found->second.ended, "ends what was not open");
    found->second.ended = true;
    const bool ok = result == static_cast<std::uint32_t>(runtime::outcome::ok);
    becomes(event, found->second.kind + (ok ? "_completed" : "_failed"));
    expect(event.thing.value == thing && event.name == found->second.name, "names another thing");
    expect(static_cast<std::uint32_t>(event.result) == result, "has another outcome");
  }

  void consumed(const runtime::history_event& event, const wire::Item& item) {
    expect(started_ || item.kind() == static_cast<std::uint32_t>(item_kind::start), "begins late");
    switch (static_cast<item_kind>(item.kind())) {
      case item_kind::start:
        expect(!std::exchange(started_, true), "begins twice");
        return becomes(event, "started");
      case item_kind::signal:
        expect(event.name == item.name(), "names another signal");
        return becomes(event, "signal_received");
      case item_kind::cancel:
        return becomes(event, "cancel_requested");
      case item_kind::deadline:
        return becomes(event, "deadline_passed");
      case item_kind::call_started:
        expect(event.target == item.name(), "names another run");
        return becomes(event, "call_started");
      case item_kind::timer_fired:
        return becomes(event, "timer_fired");
      case item_kind::step_result:
      case item_kind::call_result:
        return ends(event, item.thing(), item.outcome());
    }
    expect(false, "tells of what nobody knows");
  }

  void asked_for(const runtime::history_event& event, const wire::Command& command) {
    const auto number = command.number();
    const auto kind = static_cast<command_kind>(command.kind());
    if (kind == command_kind::signal) {
      expect(event.name == command.name(), "names another signal");
      return becomes(event, "signal_sent");
    }
    if (kind == command_kind::cancel) return becomes(event, things_[number].kind + "_cancelled");
    expect(number == things_.size() + 1, "leaves a thing out");
    if (kind == command_kind::step) {
      things_[number] = {"step", command.name()};
      becomes(event, "step_scheduled");
    } else if (kind == command_kind::timer) {
      things_[number] = {"timer", {}};
      becomes(event, "timer_started");
      expect(event.due.us == command.due_us(), "is due at another time");
    } else {
      things_[number] = {"call", command.agent() + "/" + command.operation()};
      becomes(event, "call_scheduled");
    }
    expect(event.name == things_[number].name, "names another thing");
  }

  const recorded_run& of_;
  const std::span<const runtime::history_event> told_;
  std::size_t at_ = 0;  ///< events read
  std::uint64_t seq_ = 0;
  std::string build_;
  std::map<std::uint32_t, opened> things_;
  bool started_ = false, closed_ = false;
};

}  // namespace

void check_history(runtime::memory_log& books, runtime::partition_index where,
                   const recorded_run& of, std::span<const runtime::history_event> told) {
  reader compares(of, told);
  runtime::record_decoder decoder;
  for (const auto at : of.turns) compares.turn(*decoder.decode(at, *books.find(where, at)));
  compares.end();
}

}  // namespace perdure::sim
