#include "tests/sim/stage.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

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

void stage::run(std::size_t which) {
  auto& jobs = coordinator_.jobs;
  std::swap(jobs.front(), jobs[which]);
  coordinator_.run_once();
}

std::optional<runtime::timestamp> stage::next_due() const {
  const auto& delayed = coordinator_.clock().schedule();
  if (delayed.empty()) return std::nullopt;
  const auto after = delayed.begin()->first - begin_;
  return runtime::timestamp{std::chrono::ceil<std::chrono::microseconds>(after).count()};
}

void stage::pass_to(runtime::timestamp now) {
  auto& clock = coordinator_.clock();
  const auto target = begin_ + std::chrono::microseconds(now.us);
  // Also by nothing: a delay of nothing is due at once.
  clock.advance_time(std::max(target - clock.now(), caf::actor_clock::duration_type::zero()));
}

void stage::clear() { coordinator_.run(); }

}  // namespace perdure::sim
