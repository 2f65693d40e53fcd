#include "tests/kafka_kill/kill_cluster.hpp"

#include <filesystem>
#include <map>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace perdure::testing {
namespace {

constexpr auto look = std::chrono::milliseconds(50);
constexpr runtime::duration patience = runtime::seconds(3);  // with a node that may be frozen

/// What is not yet as it should be, in one node's eyes.
std::string missing_in(const nlohmann::json& cluster) {
  for (const auto& node : cluster.at("nodes")) {
    if (node.value("state", "") != "present")
      return fmt::format("{} is {}", node.value("node", ""), node.value("state", ""));
  }
  if (cluster.at("nodes").size() < kill_cluster::size) return "a node has not joined";
  for (const auto& partition : cluster.at("partitions")) {
    const auto owner = partition.value("owner", ""), holder = partition.value("holder", "");
    if (owner.empty() || owner != holder)
      return fmt::format("{}/{} is to be owned by '{}' and held by '{}'",
                         partition.value("namespace", ""),
                         partition.value("number_in_namespace", 0), owner, holder);
  }
  return {};
}

}  // namespace

kill_cluster::kill_cluster() {
  auto name = (std::filesystem::temp_directory_path() / "perdure-kafka-kill-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  directory_ = name;
  for (std::size_t i = 0; i < size; ++i) {
    nodes_[i] = std::make_unique<node_process>(std::vector<std::string>{
        "--node", fmt::format("node-{}", i + 1), "--kafka-bootstrap-servers",
        broker_.options().bootstrap_servers, "--namespace", "team,partitions=3,callers=legal",
        "--namespace", "legal,partitions=2,callers=team", "--eviction-resident-runs", "20",
        "--steps-threads", "8", "--drain", "500ms"});
    nodes_[i]->write_to(ledger());
  }
}

kill_cluster::~kill_cluster() {
  for (auto& node : nodes_) node->kill();
  if (::testing::Test::HasFailure()) {
    std::fprintf(stderr, "ledger, operations and topics stay for you to look at: %s\n",
                 directory_.c_str());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void kill_cluster::start() {
  for (auto& node : nodes_) node->start();
}

api_client kill_cluster::client() {
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < size; ++i) ports.push_back(nodes_[(clients_ + i) % size]->port());
  ++clients_;
  return {ports, patience};
}

std::string kill_cluster::unsettled() {
  for (std::size_t i = 0; i < size; ++i) {
    if (!nodes_[i]->child().is_running())
      return fmt::format("node {} has ended by itself:\n{}", i + 1, nodes_[i]->output_text());
    const auto told = api_client({nodes_[i]->port()}, patience).get("/v1/cluster");
    if (!told.is_ok()) return fmt::format("node {} says {}", i + 1, told.error());
    if (auto missing = missing_in(told.body); !missing.empty())
      return fmt::format("in the eyes of node {}, {}", i + 1, missing);
  }
  return {};
}

bool kill_cluster::wait_until_settled(std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!unsettled().empty()) {
    if (std::chrono::steady_clock::now() > until) return false;
    for (auto& node : nodes_) {
      if (!node->child().is_running()) return false;
    }
    std::this_thread::sleep_for(look);
  }
  return true;
}

bool kill_cluster::wait_until_claims_stop(std::chrono::seconds limit) {
  const auto epochs = [this] {
    std::map<std::uint64_t, std::uint64_t> all;
    const auto told = client_of(0).get("/v1/cluster");
    if (!told.is_ok()) return all;
    for (const auto& partition : told.body.at("partitions"))
      all[partition.value("partition", 0U)] = partition.value("epoch", std::uint64_t{0});
    return all;
  };
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    const auto before = epochs();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    if (!before.empty() && before == epochs()) return true;
  }
  return false;
}

std::vector<transport::kafka_partition> kill_cluster::partitions() {
  std::vector<transport::kafka_partition> all;
  const auto told = client().get("/v1/cluster");
  if (!told.is_ok()) return all;
  const auto prefix = broker_.options().topic_prefix;
  for (const auto& partition : told.body.at("partitions")) {
    all.push_back({prefix + partition.value("namespace", ""), "",
                   partition.value("number_in_namespace", 0),
                   runtime::partition_index(partition.value("partition", 0U))});
  }
  return all;
}

}  // namespace perdure::testing
