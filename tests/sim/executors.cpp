#include "tests/sim/executors.hpp"

#include <algorithm>

namespace perdure::sim {

std::uint64_t node_random::next() {
  const auto drawn = world_.schedule.next();
  if (!first) first = drawn;
  return drawn;
}

void node_reads::submit(std::function<void()> read) {
  if (!world_.still_alive(whose_)) return;
  last_ = std::max(last_, world_.now() + world_.drawn({50}, {500}));
  world_.in(last_ - world_.now(), whose_, std::move(read));
}

void node_steps::start(std::vector<runtime::ordered_attempt> attempts) {
  for (auto& one : attempts) {
    if (!world_.still_alive(whose_)) return;
    const auto& what = one.attempt;
    const key which{what.partition, what.run, what.step, what.attempt};
    waiting_[which] = std::move(one);
    world_.in(world_.drawn({20}, {5'000}), whose_, [this, which] { begin(which); });
  }
}

void node_steps::begin(const key& which) {
  auto found = waiting_.extract(which);
  if (found.empty() || !world_.still_alive(whose_)) return;
  const auto& [attempt, done] = found.mapped();
  const auto place = notes_.take({attempt.partition, attempt.run});
  step_environment environment;
  environment.clock = &clock_;
  auto report = steps_.run(attempt, environment);
  const auto slow = world_.schedule.happens(.02) ? runtime::seconds(5) : runtime::milliseconds(20);
  world_.in(world_.drawn({10}, slow), whose_,
            [this, place, done = done, report = std::move(report)] {
              notes_.take_back(place);
              if (world_.still_alive(whose_)) done(report);
            });
}

void node_steps::cancel(runtime::partition_index partition, runtime::run_key run,
                        runtime::thing_number step, runtime::attempt_number attempt) {
  auto found = waiting_.extract(key{partition, run, step, attempt});
  if (found.empty()) return;  // it runs: it reports what it did
  world_.in(world_.drawn({10}, {100}), whose_,
            [done = found.mapped().done,
             report = runtime::step_report{
                 partition, run, step, attempt, runtime::outcome::cancelled, false, {}, {}}] {
              done(report);
            });
}

}  // namespace perdure::sim
