#include "transport/kafka/kafka_watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>

#include "transport/kafka/bundle_place.hpp"

namespace perdure::transport {

namespace {

constexpr auto between_looks = std::chrono::milliseconds(1'000);
/// Of what is suspect and cannot be told yet.
constexpr auto before_next_look = std::chrono::milliseconds(200);
constexpr auto patience = runtime::seconds(2);
/// After so many looks groups are told again what they were told: who owned the partition before
/// may have been the last to tell.
constexpr unsigned looks_before_telling_again = 10;

}  // namespace

kafka_watch::kafka_watch(environment world)
    : world_(std::move(world)),
      check_(world_.fetcher, world_.layout, world_.tail),
      lost_(world_.layout.size()),
      told_(world_.layout.size(), -1),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

kafka_watch::~kafka_watch() { stop(); }

void kafka_watch::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void kafka_watch::suspect(std::size_t partition) {
  const std::scoped_lock lock(mutex_);
  if (std::ranges::find(suspects_, partition) != suspects_.end()) return;
  suspects_.push_back(partition);
  wake_.notify_one();
}

std::vector<kafka_watch::finding> kafka_watch::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(found_, {});
}

void kafka_watch::run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "perdure.kafka");
  std::vector<std::size_t> open;  // suspects of which nobody can tell yet
  do {  // once at least, though it may be stopped before it begins: groups are told the end
    if (!open.empty()) {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, before_next_look, [] { return false; });
    } else {
      open = wait(stop);
    }
    std::erase_if(open, [&](std::size_t partition) {
      if (stop.stop_requested()) return true;
      auto found = check_.look_at(partition, regress_check::thoroughness::bytes);
      if (!found) return false;
      report(*std::move(found));
      return true;
    });
    if (open.empty() && !stop.stop_requested()) {
      for (auto& found : check_.look_in_turn()) report(std::move(found));
    }
    tell_groups();
    if (!stop.stop_requested()) world_.trimmer.look();
  } while (!stop.stop_requested());
}

std::vector<std::size_t> kafka_watch::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, between_looks, [this] { return !suspects_.empty(); });
  return std::exchange(suspects_, {});
}

void kafka_watch::report(finding found) {
  if (lost_[found.partition]) return;
  lost_[found.partition] = found.lost.has_value();
  {
    const std::scoped_lock lock(mutex_);
    found_.push_back(std::move(found));
  }
  world_.wake();
}

std::optional<std::int64_t> kafka_watch::next_of(std::size_t partition) const {
  const auto& of = world_.layout[partition];
  if (of.group.empty() || lost_[partition]) return std::nullopt;
  const auto read = world_.tail.last(partition);
  const auto applied = world_.applied(of.index);
  if (!applied) return std::nullopt;
  return applied >= read.record ? read.bundle + 1 : place_of(applied).bundle;
}

void kafka_watch::tell_groups() {
  if (looks_++ % looks_before_telling_again == 0) std::ranges::fill(told_, -1);
  std::map<std::string, std::map<std::size_t, std::int64_t>> groups;
  for (std::size_t i = 0; i < world_.layout.size(); ++i) {
    const auto next = next_of(i);
    if (next && *next != told_[i]) groups[world_.layout[i].group][i] = *next;
  }
  for (const auto& [group, read] : groups) {
    const auto told = world_.groups.tell(group, read, world_.layout, patience);
    if (!told && std::exchange(could_tell_, false)) {
      world_.cannot_tell(fmt::format("group {}: {}", group, told.error().message));
    }
    if (!told) return;
    could_tell_ = true;
    for (const auto& [partition, next] : read) told_[partition] = next;
  }
}

}  // namespace perdure::transport
