#include <algorithm>

#include "bench/agents.hpp"
#include "bench/measured_node.hpp"
#include "bench/row.hpp"

namespace perdure::bench {
namespace {

constexpr int samples = 200;  // of the disk, before and after

/// How many runs make a measurement of a few seconds: more where more run at once.
std::size_t runs_for(std::size_t in_flight, std::size_t alone, std::size_t each) {
  return in_flight == 1 ? alone : in_flight * each;
}

/// Runs of ten things each, by turns with the disk's own figure: ten turns for what runs alone, one
/// for many at once, whose beginnings and ends would count for too much in short ones.
void measure_tens(results& all, const std::string& name, const std::string& operation,
                  std::size_t alone, std::size_t each, const std::string& unit) {
  registry offered("bench");
  register_bench_agents(offered);
  for (const auto in_flight : all.loads) {
    measured_node node(offered);
    run_many(node.client(), operation, in_flight, in_flight * 4);  // warm
    const std::size_t turns = in_flight == 1 ? 10 : 1;
    const auto runs = runs_for(in_flight, alone, each) / turns;
    spent took;
    all.disk.begin();
    all.disk.sample(samples);
    for (std::size_t i = 0; i < turns; ++i) {
      took += run_many(node.client(), operation, in_flight, runs);
      all.disk.sample(samples);
    }
    all.add_rate(name, in_flight, static_cast<double>(turns * runs) * 10, took, unit);
  }
}

}  // namespace

void measure_steps(results& all) { measure_tens(all, "step", "Ten", 500, 200, "steps/s"); }

void measure_calls(results& all) { measure_tens(all, "call", "Calls", 300, 100, "calls/s"); }

void measure_fan(results& all) {
  registry offered("bench");
  register_bench_agents(offered);
  for (const std::size_t in_flight : {std::size_t{1}, std::size_t{16}}) {
    measured_node node(offered);
    run_many(node.client(), "Fan", in_flight, in_flight * 2);
    const auto runs = runs_for(in_flight, 100, 40);
    all.disk.begin();
    all.disk.sample(samples);
    const auto took = run_many(node.client(), "Fan", in_flight, runs);
    all.disk.sample(samples);
    all.add_rate("fan", in_flight, static_cast<double>(runs) * 100, took, "steps/s", 100);
  }
}

void measure_parked(results& all) {
  constexpr std::size_t parked = 300'000, woken = 500;
  registry offered("bench");
  register_bench_agents(offered);
  measured_node node(offered, runtime::milliseconds(200), 100);
  run_many(node.client(), "Ten", 16, 64);
  const auto before = resident_bytes();
  start_many(node.client(), "Park", "parked", parked);
  node.wait_until_evicted();
  const auto after = resident_bytes();
  all.add("parked", parked, static_cast<double>(after - before) / static_cast<double>(parked),
          "bytes each");
  auto times = wake_some(node.client(), "parked", woken, parked);
  std::ranges::sort(times);
  all.add("wake", 1, times[times.size() / 2] * 1e6, "us");
  all.add("wake p99", 1, times[times.size() * 99 / 100] * 1e6, "us");
}

}  // namespace perdure::bench
