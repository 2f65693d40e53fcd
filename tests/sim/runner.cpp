#include "tests/sim/runner.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/simulation.hpp"

namespace perdure::sim {
namespace {

constexpr std::size_t last_lines = 40;

/// What one process has done, in memory that outlives it.
struct tally {
  std::uint64_t done, failed, moves, records, hash;
  double seconds;
  std::uint64_t next;  ///< index of the seed at which it is, or goes on
  bool over;
};

class shared_tallies {
 public:
  explicit shared_tallies(std::size_t count) : count_(count) {
    void* const place =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc();
    first_ = static_cast<tally*>(place);
    std::uninitialized_value_construct_n(first_, count);
  }
  ~shared_tallies() { ::munmap(first_, bytes()); }
  shared_tallies(const shared_tallies&) = delete;
  shared_tallies& operator=(const shared_tallies&) = delete;
  tally& operator[](std::size_t which) { return first_[which]; }

 private:
  std::size_t bytes() const { return count_ * sizeof(tally); }
  const std::size_t count_;
  tally* first_;
};

std::string command_of(const run_options& options, std::uint64_t seed) {
  return fmt::format("{} --story {}{}", options.program, seed,
                     options.workload.empty() ? "" : " --workload " + options.workload);
}

void print_failure(const run_options& options, std::uint64_t seed, const std::string& why) {
  fmt::print("FAILED seed {} at commit {}: {}\n  repeat it: {}\n", seed, options.commit, why,
             command_of(options, seed));
}

void print_last(const std::vector<std::string>& story) {
  for (auto i = story.size() - std::min(story.size(), last_lines); i < story.size(); ++i)
    fmt::print("  | {}\n", story[i]);
}

std::uint64_t seed_at(const run_options& options, std::uint64_t index) {
  const auto kept = options.seeds.size();
  return index < kept ? options.seeds[index] : options.first + (index - kept);
}

/// The hash of that world in a program that is started anew.
std::uint64_t hash_elsewhere(std::uint64_t seed, const run_options& options) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const auto number = std::to_string(seed);
  const auto child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    const auto* const workload = options.workload.c_str();
    ::execl("/proc/self/exe", "perdure_sim", "--hash", number.c_str(), "--workload", workload,
            nullptr);
    std::_Exit(1);
  }
  ::close(ends[1]);
  std::string text(64, '\0');
  const auto got = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (got < 16) throw std::runtime_error("the second process said nothing");
  return std::stoull(text, nullptr, 16);
}

void run_one(const run_options& options, std::uint64_t seed, tally& counts) {
  const simulation_options how{options.workload, false};
  auto got = simulate(seed, how);
  if (got.violated.empty() && seed % 100 < options.twice &&
      hash_elsewhere(seed, options) != got.hash) {
    got.violated =
        "another process lived through another world: something depends on more than the seed";
  }
  ++counts.done;
  counts.moves += got.moves;
  counts.records += got.records;
  counts.seconds += got.seconds;
  counts.hash ^= got.hash;  // in any order of the seeds
  if (got.violated.empty()) return;
  ++counts.failed;
  print_failure(options, seed,
                fmt::format("{} (workload {}, {:.3f} s)", got.violated, got.workload, got.seconds));
  print_last(simulate(seed, {options.workload, true}).story);
  std::fflush(stdout);
}

using real_clock = std::chrono::steady_clock;

class runner {
 public:
  explicit runner(const run_options& options)
      : options_(options),
        count_(options.seeds.size() + (options.last - options.first)),
        tallies_(options.jobs),
        children_(options.jobs) {}

  int run() {
    for (unsigned job = 0; job < options_.jobs; ++job) {
      tallies_[job].next = job;
      start(job);
    }
    while (std::ranges::any_of(children_, [](pid_t child) { return child != 0; })) reap();
    return sum();
  }

 private:
  void start(unsigned job) {
    std::fflush(stdout);
    children_[job] = ::fork();
    if (children_[job] < 0) throw std::runtime_error("no process");
    if (children_[job] == 0) work(job);
  }

  [[noreturn]] void work(unsigned job) {
    auto& mine = tallies_[job];
    while (mine.next < count_ && !is_late()) {
      run_one(options_, seed_at(options_, mine.next), mine);
      mine.next += options_.jobs;
    }
    mine.over = true;
    std::fflush(stdout);
    std::_Exit(0);
  }

  bool is_late() const {
    const std::chrono::duration<double> spent = real_clock::now() - begin_;
    return options_.minutes > 0 && spent.count() > options_.minutes * 60;
  }

  void reap() {
    int status = 0;
    const auto child = ::wait(&status);
    const auto found = std::ranges::find(children_, child);
    if (found == children_.end()) return;
    const auto job = static_cast<unsigned>(found - children_.begin());
    *found = 0;
    auto& counts = tallies_[job];
    if (counts.over) return;
    print_failure(options_, seed_at(options_, counts.next),
                  WIFSIGNALED(status)
                      ? fmt::format("the process ended by signal {} ({})", WTERMSIG(status),
                                    ::strsignal(WTERMSIG(status)))
                      : fmt::format("the process ended with {}", WEXITSTATUS(status)));
    ++counts.failed;
    ++counts.done;
    counts.next += options_.jobs;
    if (counts.failed < 20) start(job);
  }

  int sum() {
    tally all{};
    for (unsigned job = 0; job < options_.jobs; ++job) {
      all.done += tallies_[job].done;
      all.failed += tallies_[job].failed;
      all.records += tallies_[job].records;
      all.moves += tallies_[job].moves;
      all.seconds += tallies_[job].seconds;
      all.hash ^= tallies_[job].hash;
    }
    const std::chrono::duration<double> spent = real_clock::now() - begin_;
    fmt::print(
        "{} of {} seeds, {} failed; {:.0f} simulated seconds and {} records in {:.1f} s: "
        "{:.0f} seeds/s, {:.0f} simulated seconds a second ({} job{}); hash {:016x}\n",
        all.done, count_, all.failed, all.seconds, all.records, spent.count(),
        static_cast<double>(all.done) / spent.count(), all.seconds / spent.count(), options_.jobs,
        options_.jobs == 1 ? "" : "s", all.hash);
    return all.failed == 0 && (all.done > 0 || count_ == 0) ? 0 : 1;
  }

  const run_options& options_;
  const std::uint64_t count_;
  shared_tallies tallies_;
  std::vector<pid_t> children_;
  const real_clock::time_point begin_ = real_clock::now();
};

}  // namespace

int run_seeds(const run_options& options) { return runner(options).run(); }

void print_hash(std::uint64_t seed, const run_options& options) {
  fmt::print("{:016x}\n", simulate(seed, {options.workload, false}).hash);
}

int tell_story(std::uint64_t seed, const run_options& options) {
  const auto got = simulate(seed, {options.workload, true});
  for (const auto& line : got.story) fmt::print("{}\n", line);
  fmt::print("seed {}, workload {}: {} records, {} moves, {:.3f} s, hash {:016x}\n", seed,
             got.workload, got.records, got.moves, got.seconds, got.hash);
  if (got.violated.empty()) return 0;
  print_failure(options, seed, got.violated);
  return 1;
}

}  // namespace perdure::sim
