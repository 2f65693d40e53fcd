#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/sim/marks.hpp"
#include "tests/sim/runner.hpp"
#include "tests/sim/workload.hpp"

namespace perdure::sim {
namespace {

constexpr std::uint64_t seeds_per_commit = 1'000'000;

std::string commit_built() {
  const auto* commit = std::getenv("PERDURE_COMMIT");
  return commit == nullptr ? "unknown" : commit;
}

/// Each commit has a range of its own.
std::uint64_t first_of_commit(const std::string& commit) {
  std::uint64_t number = 0;
  for (const char digit : commit.substr(0, 8)) {
    const auto value = std::string_view("0123456789abcdef").find(digit);
    if (value == std::string_view::npos) return 0;
    number = number * 16 + value;
  }
  return number * seeds_per_commit;
}

/// "A..B", the end not included, or one.
void read_range(const std::string& text, run_options& into) {
  const auto dots = text.find("..");
  const auto number = [&text](std::string_view digits) {
    std::uint64_t value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value);
    if (read.ec == std::errc{} && read.ptr == end) return value;
    throw std::invalid_argument(
        fmt::format("--seeds takes A..B, A not above B, or one number, not '{}'", text));
  };
  into.first = number(std::string_view(text).substr(0, dots));
  into.last =
      dots == std::string::npos ? into.first + 1 : number(std::string_view(text).substr(dots + 2));
  if (into.last < into.first) number("");
}

bool is_workload(std::string_view name) {
  const auto kinds = all_workloads();
  return std::ranges::find(kinds, name, &workload_kind::name) != kinds.end();
}

/// A line each: the seed, its workload unless the seed chooses, then why it is kept. '#' begins a
/// remark.
std::vector<kept_seed> read_kept(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("cannot read '{}'", path));
  std::vector<kept_seed> seeds;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    auto& one = seeds.emplace_back();
    words >> one.seed >> one.workload;
    if (!is_workload(one.workload)) one.workload.clear();
  }
  return seeds;
}

int list_workloads() {
  for (const auto& kind : all_workloads()) fmt::print("{:<16}{}\n", kind.name, kind.text);
  return 0;
}

int list_marks(bool mutants) {
  constexpr std::string_view names[] = {"buggify", "reached", "mutant"};
  for (const auto& one : known_marks()) {
    const bool planted = one.kind == known_mark::sort::mutant;
    if (planted != mutants) continue;
    if (planted)
      fmt::print("{}\n", one.name);
    else
      fmt::print("{:<9}{}\n", names[static_cast<std::size_t>(one.kind)], one.name);
  }
  return 0;
}

void check_names(const run_options& options) {
  if (!options.workload.empty() && !is_workload(options.workload)) {
    throw std::invalid_argument(
        fmt::format("there is no workload '{}': --workloads lists them", options.workload));
  }
  const auto is_named = [&options](const known_mark& one) {
    return one.kind == known_mark::sort::mutant && one.name == options.mutant;
  };
  if (!options.mutant.empty() && std::ranges::none_of(known_marks(), is_named)) {
    throw std::invalid_argument(
        fmt::format("there is no mutant '{}': --mutants lists them", options.mutant));
  }
  if (options.all_reached && known_marks().empty())
    throw std::invalid_argument("this build has no marks: it must be of the preset sim");
}

int run(int argc, char** argv) {
  CLI::App app("Whole clusters on one thread, each the world of a seed.");
  run_options options;
  options.program = argv[0];
  options.commit = commit_built();
  std::string seeds, kept;
  std::uint64_t fresh = 0;
  std::optional<std::uint64_t> story, hash;
  bool lists = false, lists_marks = false, lists_mutants = false;
  app.add_option("--seeds", seeds, "A..B (without B), or one");
  app.add_option("--fresh", fresh, "so many, from a range that PERDURE_COMMIT names");
  app.add_option("--kept", kept, "those of this file, which failed once");
  app.add_option("--minutes", options.minutes, "begin none after that");
  app.add_option("--workload", options.workload, "which; otherwise each seed chooses");
  app.add_option("--jobs", options.jobs, "processes at a time")->check(CLI::Range(1, 256));
  app.add_option("--twice", options.twice, "per cent of the seeds that run in two processes")
      ->check(CLI::Range(0, 100))
      ->default_val(1);
  app.add_option("--story", story, "tell the world of one seed");
  app.add_option("--hash", hash, "print the hash of the world of one seed");
  app.add_flag("--workloads", lists, "list them");
  app.add_flag("--all-reached", options.all_reached,
               "fail if a marked place was never reached; so do 50,000 seeds and more");
  app.add_flag("--marks", lists_marks, "list the marked places");
  app.add_option("--mutant", options.mutant, "plant that bug");
  app.add_flag("--mutants", lists_mutants, "list them");
  app.add_flag("--until-failure", options.until_failure, "begin no seed after one has failed");
  CLI11_PARSE(app, argc, argv);
  if (lists) return list_workloads();
  if (lists_marks || lists_mutants) return list_marks(lists_mutants);
  check_names(options);
  if (hash) {
    print_hash(*hash, options);
    return 0;
  }
  if (story) return tell_story(*story, options);
  if (fresh != 0) {
    options.first = first_of_commit(options.commit);
    options.last = options.first + fresh;
  } else if (!seeds.empty()) {
    read_range(seeds, options);
  }
  if (!kept.empty()) options.seeds = read_kept(kept);
  return run_seeds(options);
}

}  // namespace
}  // namespace perdure::sim

int main(int argc, char** argv) {
  try {
    return perdure::sim::run(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "perdure_sim: {}\n", failure.what());
    return 2;
  }
}
