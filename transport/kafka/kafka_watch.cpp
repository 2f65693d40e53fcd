#include "transport/kafka/kafka_watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>

namespace perdure::transport {

using runtime::errc;
using runtime::error;

namespace {

constexpr auto between_looks = std::chrono::milliseconds(1'000);
/// Of what is suspect and cannot be told yet.
constexpr auto before_next_look = std::chrono::milliseconds(200);
constexpr auto patience = runtime::seconds(2);
/// In one round, so that many partitions cost no more than few.
constexpr std::size_t looks_per_round = 32;
/// The last bundle is fetched again in each so-manieth of these.
constexpr std::uint64_t rounds_per_fetch = 5;
/// A topic's partitions can be unknown for a moment to a broker that has just started.
constexpr std::uint32_t missing_often_enough = 10;

error regressed(const kafka_partition& of, const std::string& why) {
  return {errc::corrupt,
          fmt::format("log_regressed: topic {}, partition {}: {}. Records that had been read are "
                      "lost: an unclean election, a topic that was deleted or made anew, or a disk "
                      "put back",
                      of.topic, of.number, why)};
}

}  // namespace

kafka_watch::kafka_watch(environment world)
    : world_(std::move(world)),
      missing_(world_.layout.size()),
      lost_(world_.layout.size()),
      told_(world_.layout.size(), -1),
      anchors_(world_.layout.size()),
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
  while (!stop.stop_requested()) {
    if (!open.empty()) {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, before_next_look, [] { return false; });
    } else {
      open = wait(stop);
    }
    std::erase_if(open, [&](std::size_t partition) {
      if (stop.stop_requested()) return true;
      auto found = look_at(partition, thoroughness::bytes);
      if (!found) return false;
      report(*std::move(found));
      return true;
    });
    if (open.empty() && !stop.stop_requested()) look_in_turn();
    tell_groups();
    if (!stop.stop_requested()) world_.trimmer.look();
  }
}

std::vector<std::size_t> kafka_watch::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, between_looks, [this] { return !suspects_.empty(); });
  return std::exchange(suspects_, {});
}

void kafka_watch::look_in_turn() {
  const auto how = ++round_ % rounds_per_fetch == 0 ? thoroughness::bytes : thoroughness::ends;
  const auto looks = std::min(looks_per_round, world_.layout.size());
  for (std::size_t i = 0; i < looks; ++i) {
    next_ = (next_ + 1) % world_.layout.size();
    auto found = look_at(next_, how);
    if (!found) return;  // nobody answers: the others would not either
    if (found->lost) report(*std::move(found));
  }
}

std::optional<kafka_watch::finding> kafka_watch::look_at(std::size_t partition, thoroughness how) {
  if (lost_[partition]) return finding{partition, std::nullopt};
  const auto& of = world_.layout[partition];
  const auto last = world_.tail.last(partition);
  const auto ends = world_.fetcher.ends_of(of, patience);
  if (!ends) {
    return ends.error().code == errc::not_found ? on_missing(partition, ends.error())
                                                : std::nullopt;
  }
  missing_[partition] = 0;
  if (ends->first > 0 && of.newest == 0) {
    return finding{partition,
                   regressed(of, fmt::format("it begins at Kafka's offset {}, and all from 0 on is "
                                             "needed",
                                             ends->first))};
  }
  if (ends->end <= last.bundle) {
    return finding{partition,
                   regressed(of, fmt::format("it ends before Kafka's offset {}, and that of {} had "
                                             "been read",
                                             ends->end, last.bundle))};
  }
  if (of.newest != 0 && ends->first > last.bundle + 1)
    return finding{partition, std::nullopt, ends->first};
  if (how == thoroughness::bytes && last.bundle >= 0) return look_at_bytes(partition, last);
  return finding{partition, std::nullopt};
}

std::optional<kafka_watch::finding> kafka_watch::look_at_bytes(
    std::size_t partition, const bundle_tail::read_through& last) {
  auto& anchor = anchors_[partition];
  if (anchor.bundle < 0) anchor = world_.tail.first(partition);
  auto found = compare(partition, anchor);
  if (found && !found->lost && anchor.bundle != last.bundle) found = compare(partition, last);
  if (found && !found->lost) anchor = last;
  return found;
}

std::optional<kafka_watch::finding> kafka_watch::compare(std::size_t partition,
                                                         const bundle_tail::read_through& read) {
  const auto& of = world_.layout[partition];
  std::optional<std::uint32_t> checksum;
  const std::array places{read.bundle};
  const auto fetched = world_.fetcher.fetch(of, places, patience, [&](const read_bundle& bundle) {
    checksum = bundle.checksum;
    return true;
  });
  if (!fetched && fetched.error().code == errc::unavailable) return std::nullopt;
  if (checksum && *checksum == read.checksum) return finding{partition, std::nullopt};
  const auto forgotten = is_forgotten(of, read.bundle);
  if (!forgotten) return std::nullopt;
  if (*forgotten) return finding{partition, std::nullopt};
  return finding{partition, regressed(of, fmt::format("at Kafka's offset {} stands something else "
                                                      "than what had been read",
                                                      read.bundle))};
}

/// Asked after the fetch: it may have gone between. None: nobody can tell now.
std::optional<bool> kafka_watch::is_forgotten(const kafka_partition& of, std::int64_t bundle) {
  if (of.newest == 0) return false;
  const auto ends = world_.fetcher.ends_of(of, patience);
  if (!ends) return std::nullopt;
  return bundle < ends->first;
}

std::optional<kafka_watch::finding> kafka_watch::on_missing(std::size_t partition,
                                                            const error& why) {
  if (++missing_[partition] < missing_often_enough) return std::nullopt;
  return finding{partition, regressed(world_.layout[partition], why.message)};
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

void kafka_watch::tell_groups() {
  std::map<std::string, std::map<std::size_t, std::int64_t>> groups;
  for (std::size_t i = 0; i < world_.layout.size(); ++i) {
    const auto next = world_.tail.last(i).bundle + 1;
    if (next == 0 || next == told_[i] || lost_[i] || world_.layout[i].group.empty()) continue;
    groups[world_.layout[i].group][i] = next;
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
