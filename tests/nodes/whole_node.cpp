#include "tests/nodes/whole_node.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace perdure::testing {

std::vector<runtime::namespace_options> whole_node::usual_namespaces() {
  return {{"team", 4, {}, 3'600, 1'000},
          {"legal", 2, {"team"}, 3'600, 1'000},
          {"closed", 1, {}, 3'600, 1'000}};
}

void whole_node::say(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  said_.push_back(text);
  changed_.notify_all();
}

runtime::expected<void> whole_node::begin() {
  auto opened = open_node([this](runtime::log_line::level, const std::string& text) { say(text); },
                          [this](const runtime::error& why) { say("FATAL: " + why.message); });
  if (!opened) return std::unexpected(opened.error());
  node = *std::move(opened);
  return {};
}

runtime::expected<void> whole_node::open() {
  if (auto begun = begin(); !begun) return begun;
  if (!node->wait_until_ready(runtime::seconds(60)))
    return runtime::fail(runtime::errc::timed_out, "not ready within a minute");
  return {};
}

void whole_node::start() {
  if (const auto opened = open(); !opened) throw std::runtime_error(opened.error().message);
}

bool whole_node::stop() {
  if (!node) return true;
  const bool handed_over = node->stop();
  node.reset();
  return handed_over;
}

void whole_node::crash() {
  if (!node) return;
  node->abandon();
  node.reset();
}

runtime::expected<runtime::run_details> whole_node::wait_until(
    const std::string& id, const std::function<bool(const runtime::run_details&)>& is_so,
    const std::string& name_space) {
  for (int i = 0; i < 12'000; ++i) {
    auto details = client(name_space).describe(id);
    if (!details || is_so(*details)) return details;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return runtime::fail(runtime::errc::timed_out, "not so within a minute");
}

std::string whole_node::wait_for_condition(const std::string& id, std::string_view condition,
                                           const std::string& name_space) {
  const auto details = wait_until(
      id,
      [condition](const runtime::run_details& now) { return now.summary.condition == condition; },
      name_space);
  return details ? details->summary.detail
                 : fmt::format("error: waiting for {}: {}", condition, details.error().message);
}

std::size_t whole_node::times_said(std::string_view text) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(said_, [&](const auto& line) { return line.contains(text); }));
}

void whole_node::wait_until_said(std::string_view text) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] {
        return std::ranges::any_of(said_, [&](const auto& line) { return line.contains(text); });
      })) {
    std::string last;
    for (std::size_t i = said_.size() - std::min<std::size_t>(said_.size(), 20); i < said_.size();
         ++i)
      last += "\n" + said_[i];
    throw std::runtime_error(
        fmt::format("the node has not said '{}'; its last words:{}", text, last));
  }
}

}  // namespace perdure::testing
