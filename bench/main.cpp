#include <fstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/row.hpp"

namespace perdure::bench {
namespace {

void print(const row& one) {
  const auto ratio = one.ratio_to_fdatasync > 0
                         ? fmt::format("{:.2f}x fdatasync of {:.0f} us", one.ratio_to_fdatasync,
                                       one.fdatasync_seconds * 1e6)
                         : std::string{};
  fmt::print("{:<16} {:>8} {:>14.1f} {:<12} {}\n", one.name, one.in_flight, one.value, one.unit,
             ratio);
}

void write_json(const std::string& file, const results& all) {
  auto rows = nlohmann::json::array();
  for (const auto& one : all.rows) {
    rows.push_back({{"name", one.name},
                    {"in_flight", one.in_flight},
                    {"value", one.value},
                    {"unit", one.unit},
                    {"ratio_to_fdatasync", one.ratio_to_fdatasync}});
  }
  std::ofstream out(file);
  out << rows.dump(2) << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

}  // namespace
}  // namespace perdure::bench

int main(int argc, char** argv) {
  using namespace perdure::bench;
  // What is parked is measured first: nothing was freed yet that it could reuse unseen.
  const std::vector<std::pair<std::string, void (*)(results&)>> benchmarks = {
      {"parked", measure_parked}, {"step", measure_steps}, {"call", measure_calls},
      {"fan", measure_fan},       {"echo", measure_echo},  {"step_http", measure_step_http}};
  CLI::App app("What Perdure does a second, and how that compares with this disk's own fdatasync.");
  std::string json, only;
  app.add_option("--json", json, "write the rows to this file");
  app.add_option("--only", only, "one benchmark")
      ->check(CLI::IsMember({"fdatasync", "parked", "step", "call", "fan", "echo", "step_http"}));
  results all;
  app.add_option("--at-once", all.loads, "how many at once (default: 1 16 64 256)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}));
  CLI11_PARSE(app, argc, argv);
  try {
    std::size_t shown = 0;
    const auto show = [&all, &shown] {
      for (; shown < all.rows.size(); ++shown) print(all.rows[shown]);
      std::fflush(stdout);
    };
    fmt::print("{:<16} {:>8} {:>14} {}\n", "benchmark", "at once", "figure", "unit");
    measure_fdatasync(all);
    show();
    for (const auto& [name, measure] : benchmarks) {
      if (!only.empty() && only != name) continue;
      measure(all);
      show();
    }
    if (!json.empty()) write_json(json, all);
  } catch (const std::exception& failed) {
    fmt::print(stderr, "perdure_bench: {}\n", failed.what());
    return 1;
  }
}
