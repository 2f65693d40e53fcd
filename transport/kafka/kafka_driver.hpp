#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "runtime/clock.hpp"
#include "runtime/error.hpp"
#include "transport/kafka/kafka_log.hpp"

namespace perdure::transport {

/// The thread that a log on Kafka is driven by in the product, but for what comes alone (see
/// kafka_log).
class kafka_driver {
 public:
  using fatal_handler = std::function<void(const runtime::error&)>;

  /// `on_fatal` is called once, on the thread, if the log cannot go on at all: the process should
  /// end. `log` and `clock` outlive the driver.
  kafka_driver(kafka_log& log, const runtime::clock& clock, fatal_handler on_fatal);
  ~kafka_driver();
  kafka_driver(const kafka_driver&) = delete;
  kafka_driver& operator=(const kafka_driver&) = delete;

  /// Waits until what was submitted before has its outcome, but not longer than some seconds: then
  /// brokers are away, and `kafka_log::close` answers what is left. Ends the thread.
  void stop();

 private:
  void drive();

  kafka_log& log_;
  const runtime::clock& clock_;
  fatal_handler on_fatal_;
  std::atomic<bool> stopping_ = false;
  std::jthread thread_;
};

}  // namespace perdure::transport
