#include "tests/kafka_node/cluster_world.hpp"

#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace perdure::testing {

constexpr auto patience = runtime::seconds(60);

cluster_world::cluster_world(std::size_t count, real_broker& on) {
  const auto prefix = on.fresh_name() + ".";
  for (std::size_t i = 0; i < count; ++i) {
    auto& node = nodes_.emplace_back(on);
    node.options.kafka.topic_prefix = prefix;
    node.options.node.name = fmt::format("node {}", i);
  }
}

void cluster_world::start_all() {
  std::vector<std::jthread> threads;
  for (auto& node : nodes_) threads.emplace_back([&node] { node.start(); });
}

std::map<std::string, std::set<std::size_t>> cluster_world::owners() {
  std::map<std::string, std::set<std::size_t>> all;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i].node) continue;
    for (const auto& one : nodes_[i].client().status()->partitions) {
      auto& who = all[fmt::format("{}/{}", one.name_space, one.number_in_namespace)];
      if (one.state == "owner") who.insert(i);
    }
  }
  return all;
}

bool cluster_world::is_shared_among(const std::set<std::size_t>& nodes) {
  std::set<std::size_t> seen;
  for (const auto& [partition, who] : owners()) {
    if (who.size() != 1) return false;
    seen.insert(who.begin(), who.end());
  }
  return seen == nodes;
}

void cluster_world::wait_until_shared_among(const std::set<std::size_t>& nodes) {
  const auto until = clock_.monotonic() + patience;
  while (!is_shared_among(nodes)) {
    if (clock_.monotonic() > until) {
      for (const auto& [partition, who] : owners())
        ADD_FAILURE() << partition << " has " << ::testing::PrintToString(who);
      return;
    }
  }
}

std::map<std::string, runtime::partition_status> cluster_world::partitions() {
  std::map<std::string, runtime::partition_status> all;
  for (auto& node : nodes_) {
    if (!node.node) continue;
    for (const auto& one : node.client().status()->partitions)
      all.try_emplace(fmt::format("{}/{}", one.name_space, one.number_in_namespace), one);
  }
  return all;
}

std::map<std::string, std::uint64_t> cluster_world::epochs() {
  std::map<std::string, std::uint64_t> all;
  for (const auto& [name, partition] : partitions()) all[name] = partition.current.value;
  return all;
}

std::map<std::string, std::string> cluster_world::states(std::size_t through) {
  std::map<std::string, std::string> all;
  const auto told = blocking_client::ask<runtime::cluster_status>(
      [&](auto reply) { nodes_[through].node->client().cluster(std::move(reply)); });
  if (!told) throw std::runtime_error(told.error().message);
  for (const auto& node : told->nodes) all[node.node] = node.state;
  return all;
}

std::size_t cluster_world::times_said(std::string_view text) const {
  std::size_t times = 0;
  for (const auto& node : nodes_) times += node.times_said(text);
  return times;
}

void cluster_world::wait_until_said_more_often(std::string_view text, std::size_t than) const {
  const auto until = clock_.monotonic() + patience;
  while (times_said(text) <= than) {
    if (clock_.monotonic() > until)
      throw std::runtime_error(fmt::format("no node says '{}' within a minute", text));
    std::this_thread::yield();
  }
}

topic_check cluster_world::fold_topics() {
  std::vector<transport::kafka_partition> all;
  const auto& kafka = nodes_.front().options.kafka;
  for (const auto& [name, one] : partitions()) {
    all.push_back({transport::topic_of(kafka, one.name_space), "",
                   static_cast<std::int32_t>(one.number_in_namespace),
                   runtime::partition_index(one.partition)});
  }
  return check_topics(kafka, all);
}

}  // namespace perdure::testing
