#include "transport/kafka/kafka_driver.hpp"

#include <optional>
#include <utility>

#include <pthread.h>

namespace perdure::transport {
namespace {

constexpr auto patience_with_outcomes = runtime::seconds(5);

}  // namespace

kafka_driver::kafka_driver(kafka_log& log, const runtime::clock& clock, fatal_handler on_fatal)
    : log_(log), clock_(clock), on_fatal_(std::move(on_fatal)), thread_([this] { drive(); }) {}

kafka_driver::~kafka_driver() { stop(); }

void kafka_driver::stop() {
  stopping_ = true;
  log_.stop_waiting();
  if (thread_.joinable()) thread_.join();
}

void kafka_driver::drive() {
  pthread_setname_np(pthread_self(), "perdure.log");
  std::optional<runtime::timestamp> until;
  while (true) {
    const bool last = stopping_;
    if (last && !until) until = clock_.monotonic() + patience_with_outcomes;
    if (auto done = log_.run_once(); !done) {
      log_.leave();
      return on_fatal_(done.error());
    }
    if (last && (log_.is_idle() || clock_.monotonic() >= *until)) return log_.leave();
    log_.wait_for_work();
  }
}

}  // namespace perdure::transport
