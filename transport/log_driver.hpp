#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "runtime/error.hpp"
#include "transport/embedded_log.hpp"

namespace perdure::transport {

/// The threads that an embedded log runs on in the product: one writes, one prepares segments, so
/// that the writer never waits for a file to be made.
class log_driver {
 public:
  using fatal_handler = std::function<void(const runtime::error&)>;

  /// `on_fatal` is called once, on the writer's thread, when the log has stopped for an error: the
  /// process should end. The log goes on to refuse what is submitted. `log` outlives the driver.
  log_driver(embedded_log& log, fatal_handler on_fatal);
  ~log_driver();
  log_driver(const log_driver&) = delete;
  log_driver& operator=(const log_driver&) = delete;

  /// Writes what was submitted before, then ends both threads. Not from the threads themselves.
  void stop();

 private:
  void write();
  void prepare();

  embedded_log& log_;
  fatal_handler on_fatal_;
  std::atomic<bool> stopping_ = false;
  std::jthread writer_;
  std::jthread preparer_;
};

}  // namespace perdure::transport
