#include "actors/scheduler.hpp"

#include <future>

#include <caf/all.hpp>
#include <gtest/gtest.h>

namespace perdure::actors {
namespace {

/// Passes a number back and forth, one lower each time, until it is 0.
caf::behavior pass_on(caf::event_based_actor* self, std::promise<void>* done) {
  return {[self, done](int left, const caf::actor& other) {
    if (left == 0) return done->set_value();
    self->send(other, left - 1, caf::actor_cast<caf::actor>(self));
  }};
}

template <class Scheduler>
void run_actors() {
  caf::actor_system_config config;
  config.load<Scheduler>();
  caf::actor_system system(config);
  EXPECT_NE(dynamic_cast<Scheduler*>(&system.scheduler()), nullptr);
  std::promise<void> done;
  const auto one = system.spawn(pass_on, &done);
  const auto other = system.spawn(pass_on, &done);
  constexpr int passes = 1'000;
  caf::anon_send(one, passes, other);
  done.get_future().wait();
}

TEST(scheduler, runs_actors_of_a_system_that_loads_it) { run_actors<scheduler>(); }
TEST(scheduler, runs_them_on_workers_that_do_not_look_out) { run_actors<sleeping_scheduler>(); }

}  // namespace
}  // namespace perdure::actors
