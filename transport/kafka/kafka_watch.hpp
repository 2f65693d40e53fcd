#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/clock.hpp"
#include "transport/kafka/bundle_tail.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/kafka/kafka_groups.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_trimmer.hpp"

namespace perdure::transport {

/// Sees to it that a log still holds what was read of it (DESIGN 5.5): compares each partition's
/// ends, and the last bundle that was read, with what the brokers have now, all the time and at
/// once where something is suspect. Tells consumer groups how far was read, deletes what nobody
/// needs. A thread of its own, since brokers may be slow to answer; what it found waits for the
/// log's driver.
class kafka_watch {
 public:
  /// What was found out about a partition.
  struct finding {
    std::size_t partition = 0;
    /// The log does not hold what was read of it; none: all is well, reading may go on.
    std::optional<runtime::error> lost;
    /// What is before this of Kafka's offsets was deleted, rightly, and not all of it was read.
    std::optional<std::int64_t> first = {};
  };

  struct environment {
    kafka_fetcher& fetcher;
    kafka_groups& groups;
    kafka_trimmer& trimmer;
    const kafka_layout& layout;
    const bundle_tail& tail;
    std::function<void()> wake;                           ///< there is a finding
    std::function<void(const std::string&)> cannot_tell;  ///< a group was not told, and why
  };

  explicit kafka_watch(environment world);
  ~kafka_watch();
  kafka_watch(const kafka_watch&) = delete;
  kafka_watch& operator=(const kafka_watch&) = delete;

  /// Something is wrong with that partition: what about it will be found out soon. Any thread.
  void suspect(std::size_t partition);
  /// What was found since the last time. Any thread.
  std::vector<finding> take();
  /// Tells the groups a last time and ends. Not from its own thread.
  void stop();

 private:
  enum class thoroughness {
    ends,   ///< where the partition begins and ends
    bytes,  ///< and that its last bundle, and the anchor, are the ones that were read
  };

  void run(const std::stop_token& stop);
  std::vector<std::size_t> wait(const std::stop_token& stop);
  /// None: nobody can tell now.
  std::optional<finding> look_at(std::size_t partition, thoroughness how);
  std::optional<finding> look_at_bytes(std::size_t partition,
                                       const bundle_tail::read_through& last);
  /// One bundle that was read with what stands in its place now.
  std::optional<finding> compare(std::size_t partition, const bundle_tail::read_through& read);
  /// Its oldest records may go, and that one has.
  std::optional<bool> is_forgotten(const kafka_partition& of, std::int64_t bundle);
  std::optional<finding> on_missing(std::size_t partition, const runtime::error& why);
  void look_in_turn();
  void report(finding found);
  void tell_groups();

  environment world_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::size_t> suspects_;
  std::vector<finding> found_;

  // The thread's own.
  std::size_t next_ = 0;  ///< whose turn it is
  std::uint64_t round_ = 0;
  std::vector<std::uint32_t> missing_;  ///< how often, in a row, by partition
  std::vector<bool> lost_;              ///< by partition
  std::vector<std::int64_t> told_;      ///< to groups, by partition
  /// By partition: the last bundle of the last look at bytes, the first one before any. Where the
  /// reader went on within a topic that was made anew, what it read last is the new topic's; this
  /// one is of the topic that was looked at before.
  std::vector<bundle_tail::read_through> anchors_;
  bool could_tell_ = true;
  std::jthread thread_;
};

}  // namespace perdure::transport
