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
  const auto one = std::make_shared<attempt>();
  one->order = std::move(found.mapped());
  one->environment.clock = &clock_;
  one->environment.stop = &one->stop;
  const auto& asked = one->order.attempt;
  one->context.emplace(asked, one->environment);
  began_(asked);
  running_[which] = one;
  const auto* function = steps_.find(asked.name);
  const auto* waits = function == nullptr ? nullptr : std::get_if<asynchronous_step>(function);
  if (waits == nullptr) return begin_blocking(which, one);
  (*waits)(*one->context, asked.arguments,
           [this, which, one](const runtime::step_report& report) { end(which, one, report); });
}

void node_steps::begin_blocking(const key& which, const attempt_ptr& one) {
  const auto& asked = one->order.attempt;
  one->place = notes_.take({asked.partition, asked.run});
  auto report = steps_.run(asked, one->environment);
  const auto slow = world_.schedule.happens(.02) ? runtime::seconds(5) : runtime::milliseconds(20);
  auto takes = world_.drawn({10}, slow);
  if (asked.timeout.us != 0 && takes > asked.timeout) {
    takes = asked.timeout;
    report = stopped(*one, runtime::outcome::timed_out, true);
  }
  world_.in(takes, whose_,
            [this, which, one, report = std::move(report)] { end(which, one, report); });
}

void node_steps::end(const key& which, const attempt_ptr& one, const runtime::step_report& report) {
  const auto found = running_.find(which);
  if (found == running_.end() || found->second != one) return;  // it ended before
  running_.erase(found);
  if (one->place) notes_.take_back(*one->place);
  if (world_.still_alive(whose_)) one->order.done(report);
}

runtime::step_report node_steps::stopped(const attempt& one, runtime::outcome how,
                                         bool retryable) const {
  const auto& asked = one.order.attempt;
  return {asked.partition, asked.run, asked.step, asked.attempt, how, retryable, {}, {}};
}

void node_steps::cancel(runtime::partition_index partition, runtime::run_key run,
                        runtime::thing_number step, runtime::attempt_number number) {
  const key which{partition, run, step, number};
  const auto soon = world_.drawn({10}, {100});
  if (auto found = waiting_.extract(which)) {
    const auto one = std::make_shared<attempt>();
    one->order = std::move(found.mapped());
    running_[which] = one;
    world_.in(soon, whose_, [this, which, one] {
      end(which, one, stopped(*one, runtime::outcome::cancelled, false));
    });
    return;
  }
  const auto running = running_.find(which);
  if (running == running_.end()) return;
  const auto& one = running->second;
  one->stop = stop_reason::cancelled;
  if (world_.schedule.happens(.5)) return;  // it reports what it did
  world_.in(soon, whose_, [this, which, one] {
    end(which, one, stopped(*one, runtime::outcome::cancelled, false));
  });
}

}  // namespace perdure::sim
