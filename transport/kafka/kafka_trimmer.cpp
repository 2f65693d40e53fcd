#include "transport/kafka/kafka_trimmer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "transport/kafka/kafka_topics.hpp"

namespace perdure::transport {

namespace {

/// The thread has more to do: what is not answered soon is tried again after a pause.
constexpr std::uint32_t patience_ms = 2'000;

}  // namespace

void kafka_trimmer::allow(std::size_t partition, std::int64_t before) {
  const std::scoped_lock lock(mutex_);
  schedules_.try_emplace(partition, world_.layout[partition].trim_every)
      .first->second.allow(before);
}

std::map<std::size_t, std::int64_t> kafka_trimmer::take_due() {
  const std::scoped_lock lock(mutex_);
  std::map<std::size_t, std::int64_t> all;
  for (auto& [partition, schedule] : schedules_) {
    if (const auto before = schedule.due(world_.clock.monotonic())) all[partition] = *before;
  }
  return all;
}

void kafka_trimmer::look() {
  using level = runtime::log_line::level;
  for (const auto& [partition, before] : take_due()) {
    const auto& of = world_.layout[partition];
    const auto what = fmt::format("topic {}, partition {}: what is before Kafka's offset {}",
                                  of.topic, of.number, before);
    if (const auto done = remove(partition, before); !done) {
      world_.report(level::warning,
                    fmt::format("Kafka: {} is not needed and could not be deleted, which is tried "
                                "again later: {}",
                                what, done.error().message));
      continue;
    }
    const std::scoped_lock lock(mutex_);
    schedules_.at(partition).on_deleted(before);
    world_.report(level::debug, fmt::format("Kafka: {} was deleted", what));
  }
}

/// By a client of its own: once in some minutes, and nothing else is to wait for it.
runtime::expected<void> kafka_trimmer::remove(std::size_t partition, std::int64_t before) {
  auto options = world_.options;
  options.opening_timeout_ms = std::min(options.opening_timeout_ms, patience_ms);
  const auto topics = kafka_topics::open(options, world_.clock);
  if (!topics) return std::unexpected(topics.error());
  const auto& of = world_.layout[partition];
  return (*topics)->delete_records(of.topic, of.number, before);
}

}  // namespace perdure::transport
