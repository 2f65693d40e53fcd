#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "actors/cluster_membership.hpp"
#include "runtime/installation.hpp"
#include "transport/kafka/kafka_driver.hpp"
#include "transport/kafka/kafka_log.hpp"

namespace perdure::deploy {

/// A node's membership in the cluster of its installation, with the cluster log on Kafka and the
/// two threads that drive them and nothing else (docs/adr/0012-a-node-in-the-cluster.md).
class kafka_cluster {
 public:
  /// All of it outlives the cluster.
  struct environment {
    const runtime::clock& clock;
    runtime::random_source& random;
    std::function<void(runtime::log_line::level, std::string)> report;
    /// Called once, on a thread of its own, if the node cannot be a member any more.
    std::function<void(const runtime::error&)> on_fatal;
  };

  struct wish {
    const transport::kafka_options& kafka;
    const runtime::membership::member_options& member;
    std::int64_t newest;           ///< so many records are read at the start, if they hold a view
    runtime::duration trim_every;  ///< see kafka_topic
  };

  /// Reads the cluster log to its end. REQUIRES: its topic is there. Errors: of the log.
  static runtime::expected<std::unique_ptr<kafka_cluster>> open(const wish& wanted,
                                                                environment world);
  ~kafka_cluster();
  kafka_cluster(const kafka_cluster&) = delete;
  kafka_cluster& operator=(const kafka_cluster&) = delete;

  actors::cluster_membership& membership() { return *membership_; }
  /// Where the node's namespaces are, waited for. Errors: why the node cannot be a member;
  /// `timed_out`.
  using own_namespaces = std::map<std::string, runtime::membership::cluster_namespace>;
  runtime::expected<own_namespaces> wait_for_places(runtime::duration limit);
  /// False: it has not left within that time.
  bool wait_until_left(runtime::duration limit);
  /// Ends without a word to the others.
  void stop();

 private:
  explicit kafka_cluster(environment world) : world_(std::move(world)) {}

  runtime::expected<void> open_log(const wish& wanted, std::int64_t newest);
  void keep_time(const std::stop_token& stop);
  bool wait_until(runtime::duration limit, const std::function<bool()>& is_so);

  const environment world_;
  std::mutex mutex_;
  std::condition_variable_any cv_;
  std::uint64_t changes_ = 0;
  std::unique_ptr<transport::kafka_log> log_;
  std::unique_ptr<actors::cluster_membership> membership_;
  std::unique_ptr<transport::kafka_driver> driver_;
  std::jthread clock_;
};

}  // namespace perdure::deploy
