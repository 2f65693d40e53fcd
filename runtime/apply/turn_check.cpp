#include <set>

#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {
namespace {

bool same_item(const wire::Item& consumed, const data_item& waiting) {
  return consumed.at() == waiting.at.value && consumed.part() == waiting.part &&
         consumed.kind() == static_cast<std::uint32_t>(waiting.kind);
}

bool opens_a_thing(const wire::Command& command) {
  switch (static_cast<command_kind>(command.kind())) {
    case command_kind::step:
    case command_kind::timer:
    case command_kind::call:
      return true;
    case command_kind::cancel:
    case command_kind::signal:
      return false;
  }
  return false;
}

/// What no owner writes, whatever its code did: such a turn would break what the fold relies on.
std::string_view malformed(const wire::Turn& turn, const run_state& run) {
  if (!is_run_status(turn.status())) return "malformed: an unknown status";
  if (static_cast<run_status>(turn.status()) == run_status::parked &&
      !is_park_reason(turn.park_reason())) {
    return "malformed: parked for an unknown reason";
  }
  auto last = run.last_thing;
  for (const auto& command : turn.commands()) {
    if (!opens_a_thing(command)) continue;
    if (thing_number(command.number()) <= last) return "malformed: a number is given twice";
    last = thing_number(command.number());
  }
  std::set<std::uint32_t> ended;
  for (const auto& result : turn.results()) {
    if (!is_outcome(result.outcome())) return "malformed: an unknown outcome";
    if (!ended.insert(result.step()).second) return "malformed: two results of one step";
  }
  return {};
}

}  // namespace

/// DESIGN 2.6: a turn is void only by epoch, by a broken seq or digest, by consuming what is not a
/// prefix, or by enclosing a result that lost. Empty: valid.
std::string_view state::void_reason(const wire::Turn& turn, const run_state* run) const {
  if (MUTANT("epoch-compared-loosely") ? epoch(turn.epoch()) > epoch_
                                       : epoch(turn.epoch()) != epoch_)
    return "of another epoch";
  if (run == nullptr) return "no such open run";
  if (MUTANT("turn-checked-by-its-epoch-alone")) return {};
  if (turn.seq() != run->seq.value + 1) return "not the run's next turn";
  if (digest(turn.before()) != run->last) return "it follows another turn than the run's last";
  if (static_cast<std::size_t>(turn.consumed_size()) > run->data.size() ||
      turn.controls() > run->controls.size()) {
    return "it consumes more than waits";
  }
  for (int i = 0; i < turn.consumed_size(); ++i) {
    if (!same_item(turn.consumed(i), run->data[static_cast<std::size_t>(i)]))
      return "what it consumes is not a prefix";
  }
  for (const auto& result : turn.results()) {
    const auto* step = run->find(thing_number(result.step()));
    if (step == nullptr || step->kind != thing_kind::step ||
        (step->settled && !MUTANT("loser-kept")))
      return "it encloses a result that lost";
  }
  return malformed(turn, *run);
}

}  // namespace perdure::runtime
