#include "bench/kafka_bench/nodes.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/agents.hpp"
#include "bench/measured_node.hpp"

namespace perdure::bench {
namespace {

constexpr std::size_t things = 10;  // steps or calls of a run

double median(std::vector<double> times) {
  std::ranges::sort(times);
  return times[times.size() / 2];
}

struct lone_work {
  std::string operation;
  std::string thing;
  std::size_t things;  ///< one after the other, in one run
  double goal;
};

/// Runs one after the other, by turns with bare hops: how many hops one of a run's things takes.
void measure_alone(cluster_node& node, const lone_work& work, const std::function<double()>& hop) {
  constexpr int turns = 20;
  const std::size_t runs = 200 / work.things;
  run_many(node.client(), work.operation, 1, runs);  // warm
  std::vector<double> bare;
  std::vector<double> own;
  for (int turn = 0; turn < turns; ++turn) {
    for (int i = 0; i < 100; ++i) bare.push_back(hop());
    own.push_back(run_many(node.client(), work.operation, 1, runs).seconds /
                  static_cast<double>(runs * work.things));
  }
  fmt::print(
      "a {} of {} alone, the run's start and end counted in: {:.0f} us, {:.2f} x a bare hop "
      "of {:.0f} us (goal: {:.1f})\n",
      work.thing, work.things, median(own) * 1e6, median(own) / median(bare), median(bare) * 1e6,
      work.goal);
}

double rate(cluster_node& through, const std::string& operation, std::size_t in_flight,
            std::size_t runs) {
  run_many(through.client(), operation, in_flight, in_flight * 2);
  return static_cast<double>(runs * things) /
         run_many(through.client(), operation, in_flight, runs).seconds;
}

std::string fresh_prefix() {
  static int made = 0;
  return fmt::format("bench-{}-{}.",
                     std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1),
                     ++made);
}

}  // namespace

cluster_node::cluster_node(const transport::kafka_options& kafka, const std::string& prefix,
                           const std::string& name)
    : offered_("bench") {
  register_bench_agents(offered_);
  deploy::kafka_node_options options;
  options.data_directory = directory_.path() + "/data";
  options.kafka = kafka;
  options.kafka.topic_prefix = prefix;
  options.namespaces = {{.name = "bench", .callers = {"other"}},
                        {.name = "other", .callers = {"bench"}}};
  options.node.name = name;
  options.node.build = "bench";
  auto opened = deploy::kafka_node::open(
      options, offered_,
      [name](runtime::log_line::level level, const std::string& text) {
        if (level >= runtime::log_line::level::error) fmt::print(stderr, "{}: {}\n", name, text);
      },
      [name](const runtime::error& why) {
        fmt::print(stderr, "{}: {}\n", name, why.message);
        std::abort();
      });
  if (!opened) throw std::runtime_error(opened.error().message);
  node_ = *std::move(opened);
}

cluster_node::~cluster_node() { node_->stop(); }

runtime::cluster_status cluster_node::cluster() {
  auto told = std::make_shared<std::promise<runtime::expected<runtime::cluster_status>>>();
  node_->client().cluster([told](auto status) { told->set_value(std::move(status)); });
  auto status = told->get_future().get();
  if (!status) throw std::runtime_error(status.error().message);
  return *std::move(status);
}

void wait_until_owned(cluster_node& seen_by, std::size_t nodes) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < until) {
    const auto cluster = seen_by.cluster();
    std::set<std::string> owners;
    const bool all = std::ranges::all_of(cluster.partitions, [&owners](const auto& one) {
      owners.insert(one.holder);
      return !one.holder.empty() && one.holder == one.owner;
    });
    if (all && owners.size() == nodes) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  throw std::runtime_error("the partitions have no owners within a minute");
}

void measure_nodes(const transport::kafka_options& kafka, const std::function<double()>& hop,
                   const bare_rates& bundled) {
  constexpr std::size_t in_flight = 256;
  constexpr std::size_t runs = in_flight * 20;
  double of_one = 0;
  {
    cluster_node node(kafka, fresh_prefix(), "node-1");
    wait_until_owned(node, 1);
    for (const auto& work : {lone_work{"Ten", "step", 10, 1.5},
                             {"Hundred", "step", 100, 1.5},
                             {"Calls", "call", 10, 4.5},
                             {"HundredCalls", "call", 100, 4.5}})
      measure_alone(node, work, hop);
    of_one = rate(node, "Ten", in_flight, runs);
    fmt::print(
        "steps, {} in flight: {:.0f}/s, {:.2f} of bare bundles of as many in flight, {:.0f}/s "
        "(goal: 0.5); {:.2f} of a flood of them, {:.0f}/s\n",
        in_flight, of_one, of_one / bundled.in_flight, bundled.in_flight, of_one / bundled.flood,
        bundled.flood);
    fmt::print("calls, {} in flight: {:.0f}/s\n", in_flight, rate(node, "Calls", in_flight, runs));
  }
  const auto prefix = fresh_prefix();
  std::vector<std::unique_ptr<cluster_node>> nodes;
  for (int i = 1; i <= 3; ++i)
    nodes.push_back(std::make_unique<cluster_node>(kafka, prefix, fmt::format("node-{}", i)));
  wait_until_owned(*nodes.front(), 3);
  const auto of_three = rate(*nodes.front(), "Ten", in_flight, runs);
  fmt::print("steps of three nodes, {} in flight: {:.0f}/s, {:.2f} of one (goal: 0.7)\n", in_flight,
             of_three, of_three / of_one);
  std::ranges::for_each(nodes, [](auto& node) { node->stop(); });
}

}  // namespace perdure::bench
