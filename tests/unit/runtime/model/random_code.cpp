#include "tests/unit/runtime/model/random_code.hpp"

#include <charconv>

#include <fmt/format.h>

namespace perdure::runtime::model {

std::uint64_t size_of(const std::string& input) {
  std::uint64_t size = 0;
  std::from_chars(input.data(), input.data() + input.size(), size);
  return size;
}

void random_code::operator()(script_turn& turn, dice& chance) const {
  const auto& frame = turn.frame();
  if (frame.cancelled) {
    return turn.end(chance.happens(.8) ? run_status::cancelled : run_status::timed_out, "stopped");
  }
  if (!quiet && chance.happens(.01)) return turn.park(park_reason::exception, "it threw");
  const auto size = size_of(frame.input);
  const auto left = size > frame.last.value ? size - frame.last.value : 0;
  if (left != 0) {
    const auto least = frame.open.empty() ? 1 : 0;
    for (auto n = chance.between(least, std::min<std::int64_t>(3, static_cast<std::int64_t>(left)));
         n > 0; --n)
      open(turn, chance, left);
  }
  if (!frame.open.empty() && chance.happens(.08)) {
    auto which = frame.open.begin();
    std::advance(which, chance.below(frame.open.size()));
    turn.cancel(which->first);
  }
  if (frame.open.empty() || chance.happens(.04)) {
    return turn.end(chance.happens(.9) ? run_status::completed : run_status::failed,
                    fmt::format("end {}", chance.below(1'000)));
  }
  choose_waits(turn, chance);
}

void random_code::open(script_turn& turn, dice& chance, std::uint64_t left) const {
  switch (chance.below(8)) {
    case 0:
    case 1:
    case 2:
      return step(turn, chance);
    case 3:
      turn.timer(milliseconds(chance.between(0, 20)));
      return;
    case 4:
      return turn.signal(fmt::format("{}{}", chance.happens(.5) ? "w" : "p", chance.below(4)),
                         "hello", "body", chance.happens(.3) ? "beta" : "");
    default:
      return call(turn, chance, left);
  }
}

void random_code::step(script_turn& turn, dice& chance) {
  script_turn::step_words words;
  words.arguments = fmt::format("arguments {}", chance.below(100));
  if (chance.happens(.3)) words.mode = step_mode::at_most_once;
  words.retry.initial = milliseconds(chance.between(1, 5));
  words.retry.maximum_attempts = static_cast<std::uint32_t>(chance.below(4));
  if (chance.happens(.2)) words.retry.total_time = milliseconds(chance.between(1, 30));
  turn.step("step", words);
}

void random_code::call(script_turn& turn, dice& chance, std::uint64_t left) const {
  script_turn::call_words words;
  const bool shared = workflow_id.starts_with('w') && chance.happens(.4);
  words.workflow_id = shared ? fmt::format("p{}", chance.below(3))
                             : fmt::format("c{}.{}", name, turn.frame().last.value);
  words.policy = static_cast<id_policy>(chance.between(1, 3));
  words.on_close = static_cast<close_policy>(chance.between(1, 3));
  words.name_space = chance.happens(.6) ? "" : chance.happens(.9) ? "beta" : "nowhere";
  if (chance.happens(.2)) words.timeout = milliseconds(chance.between(1, 40));
  words.input = fmt::format("{}", chance.below(left / 2 + 1));
  turn.call(words);
}

/// Whatever it waits for comes in the end: each open thing does.
void random_code::choose_waits(script_turn& turn, dice& chance) {
  if (chance.happens(.2)) turn.wait_for_signal();
  std::vector<thing_number> some;
  for (const auto& [number, kind] : turn.frame().open) {
    if (chance.happens(.6)) some.push_back(number);
  }
  if (some.empty() || chance.happens(.3)) return;  // each of them wakes it
  const auto need = chance.happens(.5) ? some.size() : 1 + chance.below(some.size());
  turn.wait(static_cast<std::uint32_t>(need), some);
}

}  // namespace perdure::runtime::model
