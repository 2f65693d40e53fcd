#include "tests/kafka_log/driven_kafka_log.hpp"

#include <gtest/gtest.h>

namespace perdure::testing {

runtime::expected<void> driven_kafka_log::open() {
  begin_opening();
  auto opened = transport::kafka_log::open(
      options, topics_,
      {clock_, random_,
       [this](runtime::log_line::level, std::string text) { say(std::move(text)); }},
      [this](std::span<const runtime::log_record> records) { show(records); });
  if (!opened) return std::unexpected(opened.error());
  log_ = *std::move(opened);
  log_->set_listener(*this);
  log_->tell_groups([this](runtime::partition_index partition) { return applied(partition); });
  driver_ = std::make_unique<transport::kafka_driver>(
      *log_, clock_, [](const runtime::error& why) { ADD_FAILURE() << why.message; });
  return {};
}

void driven_kafka_log::end() {
  if (!log_) return;
  driver_->stop();
  driver_.reset();
  log_->close();
  log_.reset();
}

void driven_kafka_log::reopen() {
  end();
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
}

}  // namespace perdure::testing
