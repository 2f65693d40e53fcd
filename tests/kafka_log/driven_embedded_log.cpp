#include "tests/kafka_log/driven_embedded_log.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace perdure::testing {

driven_embedded_log::driven_embedded_log() { open(); }

void driven_embedded_log::open() {
  begin_opening();
  transport::embedded_log_options options;
  options.directory = directory_.path() + "/log";
  options.segment_bytes = std::uint64_t{4} << 20;
  options.tail_bytes = 64 << 10;
  auto opened = transport::embedded_log::open(
      options, {files_, clock_, random_},
      [this](std::span<const runtime::log_record> records) { show(records); });
  if (!opened) throw std::runtime_error(opened.error().message);
  log_ = *std::move(opened);
  log_->set_listener(*this);
  driver_ = std::make_unique<transport::log_driver>(
      *log_, [](const runtime::error& why) { ADD_FAILURE() << why.message; });
}

void driven_embedded_log::end() {
  if (!log_) return;
  driver_->stop();
  driver_.reset();
  EXPECT_TRUE(log_->close());
  log_.reset();
}

void driven_embedded_log::reopen() {
  end();
  open();
}

}  // namespace perdure::testing
