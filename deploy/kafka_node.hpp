#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deploy/kafka_cluster.hpp"
#include "deploy/link_options.hpp"
#include "deploy/node_doors.hpp"
#include "deploy/running_node.hpp"
#include "transport/kafka/kafka_driver.hpp"
#include "transport/kafka/kafka_log.hpp"
#include "transport/kafka/kafka_topics.hpp"
#include "transport/kafka/topic_rules.hpp"
#include "transport/tcp_sockets.hpp"

namespace perdure::deploy {

struct kafka_node_options {
  std::string data_directory;  ///< made if it is not there; holds the crash notes
  transport::kafka_options kafka;
  std::vector<runtime::namespace_options> namespaces;
  actors::node_options node;  ///< its name is the node's in the cluster
  /// Its times; who the node is, and what it serves, is filled in.
  runtime::membership::member_options member;
  link_options link;
  /// Of the cluster log's newest records, so many are read at the start.
  std::int64_t newest_cluster_records = 100'000;
  node_doors_options doors = {};
  /// How often what nobody needs of the cluster log is deleted: see kafka_topic.
  runtime::duration trim_cluster_every = runtime::seconds(600);
  actors::node_threads_options threads;
};

/// The cluster's topic and those of these namespaces, as they must be.
std::vector<transport::wanted_topic> wanted_topics(
    const transport::kafka_options& kafka, const std::vector<runtime::namespace_options>& all);

/// A whole node whose log is on Kafka, one of a cluster: it owns the share of its namespaces'
/// partitions that membership gives it (docs/adr/0012-a-node-in-the-cluster.md).
class kafka_node final : public running_node {
 public:
  /// Makes the topics that are missing, reads them and starts; ready when `status` says so.
  /// `offered` outlives the node. `on_fatal` is called once, on the log's thread, if the log cannot
  /// go on at all. Errors: those of the topics (settings that could lose records are refused, with
  /// advice), of the log, of the configuration; `locked` if another process has the directory.
  static runtime::expected<std::unique_ptr<kafka_node>> open(const kafka_node_options& options,
                                                             const perdure::registry& offered,
                                                             report_function report,
                                                             fatal_function on_fatal);
  ~kafka_node() override { finish(); }

  /// Hands over to others, if there are any, while it serves on; else as every node. Says that it
  /// has left.
  bool drain() override;
  actors::cluster_membership& membership() { return cluster_->membership(); }
  nexus::metric_families metrics() const override { return doors_->metrics(); }
  /// For tests: see kafka_log. REQUIRES: it is driven.
  void break_producer() { log_->break_producer(); }

 private:
  explicit kafka_node(report_function report) : running_node(std::move(report)) {}

  runtime::expected<void> take_directory(const std::string& path);
  runtime::expected<void> ensure_topics(transport::kafka_topics& topics,
                                        std::span<const transport::wanted_topic> wanted,
                                        std::span<const transport::wanted_topic> later = {});
  runtime::expected<void> listen(const kafka_node_options& options);
  runtime::expected<void> join(const kafka_node_options& options, const perdure::registry& offered,
                               const fatal_function& on_fatal);
  runtime::expected<runtime::installation> open_log(const kafka_node_options& options);
  bool is_driven() const override { return driver_ != nullptr; }
  void stop_driving() override;
  runtime::expected<void> close_log() override;

  std::unique_ptr<transport::directory_lock> lock_;
  runtime::duration patience_;         ///< with a hand-over
  std::unique_ptr<node_doors> doors_;  ///< outlives the actors, which send with it
  std::unique_ptr<kafka_cluster> cluster_;
  runtime::session_id session_;
  transport::tcp_listener listener_;
  kafka_cluster::own_namespaces own_;
  std::unique_ptr<transport::kafka_log> log_;
  std::unique_ptr<transport::kafka_driver> driver_;
};

}  // namespace perdure::deploy
