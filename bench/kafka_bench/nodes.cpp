#include "bench/kafka_bench/nodes.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/agents.hpp"
#include "bench/measured_node.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/kafka/read_bundle.hpp"
#include "transport/kafka/topic_rules.hpp"
#include "transport/system_clock.hpp"

namespace perdure::bench {
namespace {

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

constexpr std::size_t in_flight = 256;

struct many_things {
  std::string operation;
  std::string what;
  std::size_t things;  ///< of a run
  std::size_t total;   ///< of a turn: seconds', as the pace of fetches takes tenths to follow
  bool is_step = true;
};

/// Steps or calls per second.
double rate(cluster_node& through, const many_things& work) {
  return static_cast<double>(work.total) /
         run_many(through.client(), work.operation, in_flight, work.total / work.things).seconds;
}

/// What a node writes to the topic of a namespace, read back from the broker.
class written_bundles {
 public:
  written_bundles(const transport::kafka_options& kafka, const std::string& name_space)
      : fetcher_(need(transport::kafka_fetcher::open(kafka, clock_))) {
    for (std::int32_t i = 0; i < std::int32_t{partitions}; ++i) {
      partitions_.push_back({transport::topic_of(kafka, name_space), "", i, {}});
      ends_.push_back(end_of(partitions_.back()));
    }
  }

  /// On average, since the last time.
  bundle_shape take() {
    std::size_t bundles = 0, records = 0, bytes = 0;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      const auto begin = std::exchange(ends_[i], end_of(partitions_[i]));
      if (begin == ends_[i]) continue;
      need(fetcher_->fetch_on(partitions_[i], begin, ends_[i] - 1, patience,
                              [&](const transport::read_bundle& bundle) {
                                ++bundles;
                                records += bundle.records.size();
                                for (const auto& one : bundle.records) bytes += one.bytes.size();
                                return true;
                              }));
    }
    return {(records + bundles / 2) / bundles, bytes / records};
  }

 private:
  static constexpr std::uint32_t partitions = 4;
  static constexpr auto patience = runtime::seconds(10);

  template <class T>
  static T need(runtime::expected<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }
  std::int64_t end_of(const transport::kafka_partition& partition) {
    return need(fetcher_->ends_of(partition, patience)).end;
  }

  const transport::system_clock clock_;
  std::unique_ptr<transport::kafka_fetcher> fetcher_;
  std::vector<transport::kafka_partition> partitions_;
  std::vector<std::int64_t> ends_;
};

/// One node, one whose bundles wait for answers, three, and by turns with them bare bundles: such
/// as the one node writes, and such as all that is in flight would make.
void measure_many(cluster_node& one, cluster_node& waiting, cluster_node& of_three,
                  const many_things& work, const bare_rates& bare) {
  constexpr bundle_shape full{in_flight / 4, 300};
  written_bundles written(one.kafka(), "bench");
  std::vector<double> ones, waitings, threes, alike, fulls, records, bytes;
  for (int turn = 0; turn < 5; ++turn) {
    ones.push_back(rate(one, work));
    const auto shape = written.take();
    records.push_back(static_cast<double>(shape.records));
    bytes.push_back(static_cast<double>(shape.record_bytes));
    alike.push_back(bare.in_flight(shape));
    waitings.push_back(rate(waiting, work));
    threes.push_back(rate(of_three, work));
    fulls.push_back(bare.in_flight(full));
  }
  fmt::print(
      "{} of runs of {}, {} in flight: {:.0f}/s in bundles of {:.0f} records of {:.0f} bytes; "
      "{:.2f} of "
      "the records/s of bare bundles of the same bytes, {:.0f}/s{}; {:.2f} of those of {} records, "
      "{:.0f}/s; three nodes: {:.0f}/s, {:.2f} of one{}; with kafka.bundle_wait 2 ms: {:.0f}/s\n",
      work.what, work.things, in_flight, median(ones), median(records), median(bytes),
      median(ones) / median(alike), median(alike), work.is_step ? " (goal: 0.5)" : "",
      median(ones) / median(fulls), full.records, median(fulls), median(threes),
      median(threes) / median(ones), work.is_step ? " (goal: 0.7)" : "", median(waitings));
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
    : offered_("bench"), kafka_(kafka) {
  register_bench_agents(offered_);
  kafka_.topic_prefix = prefix;
  deploy::kafka_node_options options;
  options.data_directory = directory_.path() + "/data";
  options.kafka = kafka_;
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

void measure_nodes(const transport::kafka_options& kafka, const bare_rates& bare) {
  cluster_node one(kafka, fresh_prefix(), "node-1");
  wait_until_owned(one, 1);
  for (const auto& work : {lone_work{"Ten", "step", 10, 1.5},
                           {"Hundred", "step", 100, 1.5},
                           {"Calls", "call", 10, 4.5},
                           {"HundredCalls", "call", 100, 4.5}})
    measure_alone(one, work, bare.hop);
  auto with_wait = kafka;
  with_wait.bundle_wait_us = 2'000;
  cluster_node waiting(with_wait, fresh_prefix(), "node-1");
  wait_until_owned(waiting, 1);
  const auto prefix = fresh_prefix();
  std::vector<std::unique_ptr<cluster_node>> three;
  for (int i = 1; i <= 3; ++i)
    three.push_back(std::make_unique<cluster_node>(kafka, prefix, fmt::format("node-{}", i)));
  wait_until_owned(*three.front(), 3);
  for (const auto& work : {many_things{"Ten", "steps", 10, 120'000},
                           {"Hundred", "steps", 100, 160'000},
                           {"Calls", "calls", 10, 20'000, false}})
    measure_many(one, waiting, *three.front(), work, bare);
  std::ranges::for_each(three, [](auto& node) { node->stop(); });
}

}  // namespace perdure::bench
