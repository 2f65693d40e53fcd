#include "tests/kafka_log/driven_log.hpp"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

namespace perdure::testing {

constexpr std::chrono::seconds patience(60);

told_record told_of(const runtime::log_record& record) {
  return {record.at.value, record.partition.value, std::string(record.bytes.view())};
}

std::size_t driven_log::submit(const std::vector<given_record>& records) {
  runtime::append_request request;
  for (const auto& [partition, bytes] : records) {
    request.entries.push_back({runtime::partition_index(partition),
                               static_cast<std::uint32_t>(request.bytes.size()),
                               static_cast<std::uint32_t>(bytes.size())});
    request.bytes += bytes;
  }
  std::size_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    number = requests_++;
  }
  request.completion = [this, number](const runtime::expected<runtime::offset>& told) {
    const std::scoped_lock lock(mutex_);
    EXPECT_TRUE(outcomes_.emplace(number, told).second) << number << " completes twice";
    order_.push_back(number);
    changed_.notify_all();
  };
  log().submit(std::move(request));
  return number;
}

runtime::expected<runtime::offset> driven_log::outcome(std::size_t number) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [&] { return outcomes_.contains(number); })) {
    ADD_FAILURE() << "request " << number << " has no outcome";
    return runtime::fail(runtime::errc::timed_out, "no outcome");
  }
  return outcomes_.at(number);
}

void driven_log::wait_for_heard(std::size_t count) {
  EXPECT_TRUE(wait_until([&] { return heard_.size() >= count; })) << heard().size() << " heard";
}

bool driven_log::wait_until(const std::function<bool()>& is_so) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, is_so);
}

std::vector<told_record> driven_log::heard() const {
  const std::scoped_lock lock(mutex_);
  return heard_;
}

std::vector<told_record> driven_log::heard_of(std::uint32_t partition) const {
  auto all = heard();
  std::erase_if(all, [&](const auto& one) { return one.partition != partition; });
  return all;
}

std::vector<told_record> driven_log::opened() const {
  const std::scoped_lock lock(mutex_);
  return opened_;
}

std::vector<std::size_t> driven_log::order() const {
  const std::scoped_lock lock(mutex_);
  return order_;
}

std::size_t driven_log::outcomes() const {
  const std::scoped_lock lock(mutex_);
  return outcomes_.size();
}

std::map<std::uint32_t, runtime::error> driven_log::lost() const {
  const std::scoped_lock lock(mutex_);
  return lost_;
}

bool driven_log::has_said(std::string_view text) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(said_, [&](const auto& line) { return line.contains(text); });
}

bool driven_log::wait_until_said(std::string_view text) {
  return wait_until([&] {
    return std::ranges::any_of(said_, [&](const auto& line) { return line.contains(text); });
  });
}

void driven_log::on_durable(std::span<const runtime::log_record> records) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return !still_; });
  for (const auto& record : records) heard_.push_back(told_of(record));
  changed_.notify_all();
}

void driven_log::on_lost(runtime::partition_index partition, const runtime::error& why) {
  const std::scoped_lock lock(mutex_);
  EXPECT_TRUE(lost_.emplace(partition.value, why).second) << partition.value << " is lost twice";
  changed_.notify_all();
}

void driven_log::on_forgotten(runtime::partition_index partition) {
  const std::scoped_lock lock(mutex_);
  forgotten_[partition.value] = heard_.size();
  changed_.notify_all();
}

void driven_log::stand_still() {
  const std::scoped_lock lock(mutex_);
  still_ = true;
}

void driven_log::go_on() {
  const std::scoped_lock lock(mutex_);
  still_ = false;
  changed_.notify_all();
}

void driven_log::begin_opening() {
  const std::scoped_lock lock(mutex_);
  opened_.clear();
  heard_.clear();
  lost_.clear();
}

void driven_log::show(std::span<const runtime::log_record> records) {
  const std::scoped_lock lock(mutex_);
  for (const auto& record : records) opened_.push_back(told_of(record));
}

void driven_log::say(std::string text) {
  const std::scoped_lock lock(mutex_);
  said_.push_back(std::move(text));
  changed_.notify_all();
}

}  // namespace perdure::testing
