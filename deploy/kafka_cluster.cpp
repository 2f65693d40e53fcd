#include "deploy/kafka_cluster.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>

#include "transport/kafka/bundle_place.hpp"
#include "transport/kafka/topic_rules.hpp"

namespace perdure::deploy {

using runtime::errc;
using runtime::expected;
using runtime::fail;

namespace {

/// More than a log has: its oldest records may have been deleted, so it is not read "from 0".
constexpr std::int64_t all_that_is_left = transport::last_bundle;

std::chrono::microseconds to_chrono(runtime::duration time) {
  return std::chrono::microseconds(time.us);
}

}  // namespace

expected<std::unique_ptr<kafka_cluster>> kafka_cluster::open(const wish& wanted,
                                                             environment world) {
  std::unique_ptr<kafka_cluster> made(new kafka_cluster(std::move(world)));
  auto& self = *made;
  if (auto done = self.open_log(wanted, wanted.newest); !done) return std::unexpected(done.error());
  if (!self.membership_->loaded()) {  // no view is among them
    if (auto done = self.open_log(wanted, all_that_is_left); !done)
      return std::unexpected(done.error());
    if (!self.membership_->loaded()) {
      return fail(
          errc::corrupt,
          fmt::format("topic {} does not begin at its first record, and holds no view of the "
                      "cluster: records were deleted that are needed",
                      transport::topic_of(wanted.kafka, transport::cluster_name)));
    }
  }
  self.log_->set_listener(*self.membership_);
  self.driver_ = std::make_unique<transport::kafka_driver>(*self.log_, self.world_.clock,
                                                           self.world_.on_fatal);
  self.membership_->on_caught_up();
  self.clock_ = std::jthread([&self](const std::stop_token& stop) { self.keep_time(stop); });
  return made;
}

kafka_cluster::~kafka_cluster() { stop(); }

expected<void> kafka_cluster::open_log(const wish& wanted, std::int64_t newest) {
  using runtime::membership::reading_from;
  const auto name = transport::topic_of(wanted.kafka, transport::cluster_name);
  const std::array topics{
      transport::kafka_topic{name, {}, {actors::cluster_partition}, newest, wanted.trim_every}};
  std::vector<runtime::log_record> records;
  auto log =
      transport::kafka_log::open(wanted.kafka, topics, {world_.clock, world_.random, world_.report},
                                 [&](std::span<const runtime::log_record> read) {
                                   records.insert(records.end(), read.begin(), read.end());
                                 });
  if (!log) return std::unexpected(log.error());
  log_ = *std::move(log);
  if (!log_->lost().empty()) return std::unexpected(log_->lost().begin()->second);
  membership_ = std::make_unique<actors::cluster_membership>(
      actors::membership_services{*log_, world_.clock, world_.report,
                                  [this] {
                                    const std::scoped_lock lock(mutex_);
                                    ++changes_;
                                    cv_.notify_all();
                                  }},
      wanted.member,
      log_->is_read_whole(actors::cluster_partition) ? reading_from::first_record
                                                     : reading_from::within);
  membership_->on_durable(records);
  if (auto why = membership_->problem()) return std::unexpected(*std::move(why));
  return {};
}

/// A heartbeat is late if this thread is, so it does nothing else.
void kafka_cluster::keep_time(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "perdure.member");
  bool told = false;
  while (!stop.stop_requested()) {
    std::uint64_t seen = 0;
    {
      const std::scoped_lock lock(mutex_);
      seen = changes_;
    }
    if (const auto why = membership_->problem(); why && !std::exchange(told, true))
      world_.on_fatal(*why);
    const auto next = membership_->next_wake();
    const auto wait = next - world_.clock.monotonic();
    const auto is_new = [&] { return changes_ != seen; };
    {
      std::unique_lock lock(mutex_);
      if (next.us == 0) {
        cv_.wait(lock, stop, is_new);
        continue;
      }
      if (wait.us > 0 && cv_.wait_for(lock, stop, to_chrono(wait), is_new)) continue;
    }
    if (!stop.stop_requested()) membership_->on_time();
  }
}

bool kafka_cluster::wait_until(runtime::duration limit, const std::function<bool()>& is_so) {
  const auto until = std::chrono::steady_clock::now() + to_chrono(limit);
  while (true) {
    std::uint64_t seen = 0;
    {
      const std::scoped_lock lock(mutex_);
      seen = changes_;
    }
    if (is_so()) return true;
    std::unique_lock lock(mutex_);
    if (!cv_.wait_until(lock, until, [&] { return changes_ != seen; })) return false;
  }
}

expected<kafka_cluster::own_namespaces> kafka_cluster::wait_for_places(runtime::duration limit) {
  own_namespaces found;
  const bool there = wait_until(limit, [&] {
    found = membership_->namespaces();
    return !found.empty() || membership_->problem();
  });
  if (auto why = membership_->problem()) return std::unexpected(*std::move(why));
  if (!there) {
    return fail(
        errc::timed_out,
        fmt::format("the cluster log has not taken this node's namespaces within {} ms: are "
                    "enough replicas of its topic in sync?",
                    limit.us / runtime::milliseconds(1).us));
  }
  return found;
}

bool kafka_cluster::wait_until_left(runtime::duration limit) {
  return wait_until(limit, [this] {
    const auto now = membership_->condition();
    return now == runtime::membership::member_condition::left ||
           now == runtime::membership::member_condition::stopped;
  });
}

void kafka_cluster::stop() {
  if (clock_.joinable()) {
    clock_.request_stop();
    clock_.join();
  }
  if (membership_) membership_->close();
  if (driver_) driver_->stop();
  driver_.reset();
  if (log_) log_->close();
}

}  // namespace perdure::deploy
