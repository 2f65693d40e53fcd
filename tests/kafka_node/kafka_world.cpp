#include "tests/kafka_node/kafka_world.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace perdure::testing {

kafka_world::kafka_world() {
  options.data_directory = directory_.path() + "/data";
  options.kafka = broker.options();
  options.kafka.topic_prefix = broker.fresh_name() + ".";
  options.namespaces = {{"team", 4, {}, 3'600, 1'000}, {"legal", 2, {"team"}, 3'600, 1'000}};
  options.threads.steps.threads = 8;
}

runtime::expected<void> kafka_world::open() {
  const auto say = [this](runtime::log_line::level, const std::string& text) {
    const std::scoped_lock lock(mutex_);
    said_.push_back(text);
    changed_.notify_all();
  };
  auto opened = deploy::kafka_node::open(options, *offered, say, [say](const runtime::error& why) {
    say(runtime::log_line::level::error, "FATAL: " + why.message);
  });
  if (!opened) return std::unexpected(opened.error());
  node = *std::move(opened);
  if (!node->wait_until_ready(runtime::seconds(60)))
    return runtime::fail(runtime::errc::timed_out, "not ready within a minute");
  return {};
}

void kafka_world::start() {
  if (const auto opened = open(); !opened) throw std::runtime_error(opened.error().message);
}

bool kafka_world::stop() {
  const bool handed_over = node->stop();
  node.reset();
  return handed_over;
}

void kafka_world::crash() {
  if (!node) return;
  node->abandon();
  node.reset();
}

std::size_t kafka_world::times_said(std::string_view text) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(said_, [&](const auto& line) { return line.contains(text); }));
}

void kafka_world::wait_until_said(std::string_view text) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] {
        return std::ranges::any_of(said_, [&](const auto& line) { return line.contains(text); });
      }))
    throw std::runtime_error(fmt::format("the node has not said '{}'", text));
}

void kafka_world::wait_for_condition(const std::string& id, std::string_view condition,
                                     const std::string& name_space) {
  for (int i = 0; i < 1'000'000; ++i) {
    const auto details = client(name_space).describe(id);
    if (details && details->summary.condition == condition) return;
    std::this_thread::yield();
  }
  throw std::runtime_error(fmt::format("{} is not {}", id, condition));
}

}  // namespace perdure::testing
