#include "transport/log_driver.hpp"

#include <utility>

#include <pthread.h>

namespace perdure::transport {

log_driver::log_driver(embedded_log& log, fatal_handler on_fatal)
    : log_(log),
      on_fatal_(std::move(on_fatal)),
      writer_([this] { write(); }),
      preparer_([this] { prepare(); }) {}

log_driver::~log_driver() { stop(); }

void log_driver::stop() {
  stopping_ = true;
  log_.stop_waiting();
  log_.stop_waiting_for_segment();
  if (writer_.joinable()) writer_.join();
  if (preparer_.joinable()) preparer_.join();
}

void log_driver::write() {
  pthread_setname_np(pthread_self(), "perdure.log");
  bool failed = false;
  while (true) {
    bool last = stopping_;
    if (!last) log_.wait_for_work();
    auto written = log_.run_once();
    if (!written && !std::exchange(failed, true)) on_fatal_(written.error());
    if (last && (!written || *written == 0)) return;
  }
}

void log_driver::prepare() {
  pthread_setname_np(pthread_self(), "perdure.segment");
  while (!stopping_) {
    log_.wait_until_segment_wanted();
    if (stopping_) return;
    // A failure shows again where it matters: when the writer needs the segment.
    [[maybe_unused]] auto shows_again = log_.prepare_segment();
  }
}

}  // namespace perdure::transport
