#include <algorithm>

#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

constexpr int fired_per_clock = 1'000;  // DESIGN 2.8

}  // namespace

/// DESIGN 2.8: only a clock fires what is due, in order (due, id); firing only adds to the run's
/// data. One clock of one time: a copy of it, or what it left to the next, fires nothing.
void state::apply_clock(const decoded_record& record, actions& out) {
  const auto& clock = record.as<wire::Clock>();
  const timestamp now{clock.time_us()};
  const bool something_due = !due_.empty() && due_.begin()->due <= now;
  if ((epoch(clock.epoch()) != epoch_ && !MUTANT("clock-of-any-epoch")) ||
      (now < time_ && !MUTANT("clock-back")) ||
      (now == time_ && (!something_due || now == fired_))) {
    REACHED("void-clock");
    out.emplace_back(ignored{
        "of another epoch, or earlier than log time, or equal with nothing due or fired already"});
    return;
  }
  time_ = fired_ = now;
  out.emplace_back(time_advanced{now});
  const auto until = now + (MUTANT("timer-early") ? seconds(1) : duration{});
  for (int fired = 0; fired < fired_per_clock && !due_.empty() && due_.begin()->due <= until;
       ++fired) {
    const auto entry = *due_.begin();
    due_.erase(due_.begin());
    while (MUTANT("equal-due-lost") && !due_.empty() && due_.begin()->due == entry.due)
      due_.erase(due_.begin());
    auto& run = runs_.at(entry.run);
    const auto part = static_cast<std::uint32_t>(fired);
    switch (entry.kind) {
      case due_kind::start:
        begin_delayed(run, out);
        break;
      case due_kind::deadline:
        REACHED("deadline-passed");
        arrive(run, {item_kind::deadline, record.at, part, {}, {}, outcome::ok, {}, {}}, out);
        break;
      case due_kind::timer:
        settle(run, *run.find(entry.thing),
               {item_kind::timer_fired, record.at, part, entry.thing, {}, outcome::ok, {}, {}},
               out);
        break;
      case due_kind::retry: {
        auto& step = *run.find(entry.thing);
        REACHED("step-tried-again");
        step.backing_off = false;
        out.emplace_back(attempt_opened{run.key, step.number, step.attempt});
        break;
      }
    }
  }
  remove_expired(out);
}

}  // namespace perdure::runtime
