#include <algorithm>

#include "bench/agents.hpp"
#include "bench/measured_node.hpp"
#include "bench/row.hpp"

namespace perdure::bench {
namespace {

/// How many runs make a measurement of a few seconds: more where more run at once.
std::size_t runs_for(std::size_t in_flight, std::size_t alone, std::size_t each) {
  return in_flight == 1 ? alone : in_flight * each;
}

}  // namespace

void measure_steps(results& all) {
  registry offered("bench");
  register_bench_agents(offered);
  for (const auto in_flight : all.loads) {
    measured_node node(offered);
    run_many(node.client(), "Ten", in_flight, in_flight * 4);  // warm
    const auto runs = runs_for(in_flight, 300, 200);
    const auto took = run_many(node.client(), "Ten", in_flight, runs);
    all.add_rate("step", in_flight, static_cast<double>(runs) * 10, took, "steps/s");
  }
}

void measure_calls(results& all) {
  registry offered("bench");
  register_bench_agents(offered);
  for (const auto in_flight : all.loads) {
    measured_node node(offered);
    run_many(node.client(), "Calls", in_flight, in_flight * 4);
    const auto runs = runs_for(in_flight, 200, 100);
    const auto took = run_many(node.client(), "Calls", in_flight, runs);
    all.add_rate("call", in_flight, static_cast<double>(runs) * 10, took, "calls/s");
  }
}

void measure_fan(results& all) {
  registry offered("bench");
  register_bench_agents(offered);
  for (const std::size_t in_flight : {std::size_t{1}, std::size_t{16}}) {
    measured_node node(offered);
    run_many(node.client(), "Fan", in_flight, in_flight * 2);
    const auto runs = runs_for(in_flight, 100, 40);
    const auto took = run_many(node.client(), "Fan", in_flight, runs);
    all.add("fan of 100", in_flight, static_cast<double>(runs) * 100 / took.seconds, "steps/s");
  }
}

void measure_parked(results& all) {
  constexpr std::size_t parked = 100'000, woken = 500;
  registry offered("bench");
  register_bench_agents(offered);
  // What the log keeps of its end in memory has its own bound and is no run's: it is made small
  // here.
  measured_node node(offered, runtime::milliseconds(200), 100, std::uint64_t{1} << 20);
  run_many(node.client(), "Ten", 16, 64);
  const auto before = resident_bytes();
  start_many(node.client(), "Park", "parked", parked);
  node.wait_until_evicted();
  const auto after = resident_bytes();
  all.add("parked", parked, static_cast<double>(after - before) / static_cast<double>(parked),
          "bytes each");
  auto times = wake_some(node.client(), "parked", woken, parked);
  std::ranges::sort(times);
  all.add("wake p50", 1, times[times.size() / 2] * 1e6, "us");
  all.add("wake p99", 1, times[times.size() * 99 / 100] * 1e6, "us");
}

}  // namespace perdure::bench
