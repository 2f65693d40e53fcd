#include "tests/sim/stage.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/scheduled_actor.hpp>

#include "actors/workflow.hpp"

namespace perdure::sim {
namespace {

caf::actor_system_config& prepared(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  config.set("logger.verbosity", caf::atom("quiet"));
  return config;
}

}  // namespace

stage::stage()
    : system_(prepared(config_)),
      coordinator_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())),
      begin_(coordinator_.clock().now()) {}

stage::~stage() { clear(); }

caf::actor_id stage::id_of(std::size_t which) const {
  return dynamic_cast<caf::scheduled_actor&>(*coordinator_.jobs[which]).id();
}

void stage::run(std::size_t which) {
  auto& jobs = coordinator_.jobs;
  std::swap(jobs.front(), jobs[which]);
  coordinator_.run_once();
}

bool stage::is_of_a_run(std::size_t which) const {
  return dynamic_cast<const actors::workflow_actor*>(coordinator_.jobs[which]) != nullptr;
}

void stage::put_off(std::size_t which, runtime::timestamp until) {
  auto& jobs = coordinator_.jobs;
  std::swap(jobs.front(), jobs[which]);
  put_off_.emplace(until, jobs.front());
  jobs.pop_front();
}

std::optional<runtime::timestamp> stage::next_due() const {
  std::optional<runtime::timestamp> next;
  if (!put_off_.empty()) next = put_off_.begin()->first;
  const auto& delayed = coordinator_.clock().schedule();
  if (delayed.empty()) return next;
  const auto after = delayed.begin()->first - begin_;
  const runtime::timestamp first{std::chrono::ceil<std::chrono::microseconds>(after).count()};
  return next ? std::min(*next, first) : first;
}

void stage::pass_to(runtime::timestamp now) {
  while (!put_off_.empty() && put_off_.begin()->first <= now)
    coordinator_.jobs.push_back(put_off_.extract(put_off_.begin()).mapped());
  auto& clock = coordinator_.clock();
  const auto target = begin_ + std::chrono::microseconds(now.us);
  // Also by nothing: a delay of nothing is due at once.
  clock.advance_time(std::max(target - clock.now(), caf::actor_clock::duration_type::zero()));
}

void stage::clear() {
  for (const auto& [until, actor] : std::exchange(put_off_, {})) coordinator_.jobs.push_back(actor);
  coordinator_.run();
}

}  // namespace perdure::sim
