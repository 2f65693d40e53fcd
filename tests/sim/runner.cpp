#include "tests/sim/runner.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/marks.hpp"
#include "tests/sim/simulation.hpp"

/// Of a build that measures coverage; null in any other.
extern "C" __attribute__((weak)) int __llvm_profile_write_file();

namespace perdure::sim {
namespace {

using real_clock = std::chrono::steady_clock;

double seconds_since(real_clock::time_point begin) {
  const std::chrono::duration<double> spent = real_clock::now() - begin;
  return spent.count();
}

constexpr std::size_t last_lines = 40;
constexpr unsigned longest_world = 60;          // real seconds: it would go on for ever
constexpr std::uint64_t nightly_size = 50'000;  // seeds by which every mark has been met
constexpr std::uint64_t few = 1'000;  // seeds that meet so few of them that a list says nothing

/// What one process has done, in memory that outlives it.
struct tally {
  std::uint64_t done, failed, moves, records, hash;
  double seconds;
  double busy_in_three, real_in_three;  ///< seconds, simulated and real, of worlds of three nodes
  std::uint64_t next;                   ///< index of the seed at which it is, or goes on
  bool over;
};

/// So many of them, in memory that processes share.
template <class T>
class shared_list {
 public:
  explicit shared_list(std::size_t count) : count_(count) {
    void* const place =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc();
    first_ = static_cast<T*>(place);
    std::uninitialized_value_construct_n(first_, count);
  }
  ~shared_list() { ::munmap(first_, bytes()); }
  shared_list(const shared_list&) = delete;
  shared_list& operator=(const shared_list&) = delete;
  T& operator[](std::size_t which) { return first_[which]; }
  const T& operator[](std::size_t which) const { return first_[which]; }
  std::span<T> part(std::size_t begin, std::size_t count) { return {first_ + begin, count}; }

 private:
  std::size_t bytes() const { return std::max<std::size_t>(1, count_ * sizeof(T)); }
  const std::size_t count_;
  T* first_;
};

std::string command_of(const run_options& options, std::uint64_t seed) {
  const auto* const quote = options.program.contains(' ') ? "'" : "";
  return fmt::format("{0}{1}{0} --story {2}{3}{4}", quote, options.program, seed,
                     options.workload.empty() ? "" : " --workload " + options.workload,
                     options.mutant.empty() ? "" : " --mutant " + options.mutant);
}

void print_failure(const run_options& options, std::uint64_t seed, const std::string& why) {
  fmt::print("FAILED seed {} at commit {}: {}\n  repeat it: {}\n", seed, options.commit, why,
             command_of(options, seed));
}

void print_last(const std::vector<std::string>& story) {
  for (auto i = story.size() - std::min(story.size(), last_lines); i < story.size(); ++i)
    fmt::print("  | {}\n", story[i]);
}

kept_seed seed_at(const run_options& options, std::uint64_t index) {
  const auto kept = options.seeds.size();
  if (index >= kept) return {options.first + (index - kept), options.workload};
  auto one = options.seeds[index];
  if (!options.workload.empty()) one.workload = options.workload;
  return one;
}

/// To live through that world alone.
run_options options_for(const run_options& options, const kept_seed& one) {
  auto its = options;
  its.workload = one.workload;
  return its;
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
    ::execl("/proc/self/exe", "perdure_sim", "--hash", number.c_str(), "--workload",
            options.workload.c_str(), "--mutant", options.mutant.c_str(), nullptr);
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

void run_one(const run_options& options, std::uint64_t seed, tally& counts,
             std::span<std::uint64_t> visits) {
  ::alarm(longest_world);  // whoever is in it then ends by a signal, and is told by his seed
  const auto begin = real_clock::now();
  auto got = simulate(seed, {options.workload, false, options.mutant});
  if (got.nodes == 3) {
    counts.busy_in_three += got.busy_seconds;
    counts.real_in_three += seconds_since(begin);
  }
  add_visits(visits);
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
  print_last(simulate(seed, {options.workload, true, options.mutant}).story);
  std::fflush(stdout);
}

class runner {
 public:
  explicit runner(const run_options& options)
      : options_(options),
        count_(options.seeds.size() + (options.last - options.first)),
        marks_(known_marks()),
        tallies_(options.jobs),
        visits_(options.jobs * marks_.size()),
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
    const auto visits = visits_.part(job * marks_.size(), marks_.size());
    while (mine.next < count_ && !is_late() && !has_enough()) {
      const auto one = seed_at(options_, mine.next);
      run_one(options_for(options_, one), one.seed, mine, visits);
      mine.next += options_.jobs;
    }
    mine.over = true;
    std::fflush(stdout);
    if (__llvm_profile_write_file != nullptr) __llvm_profile_write_file();
    std::_Exit(0);
  }

  bool is_late() const {
    return options_.minutes > 0 && seconds_since(begin_) > options_.minutes * 60;
  }

  bool has_enough() const {
    for (unsigned job = 0; options_.until_failure && job < options_.jobs; ++job) {
      if (tallies_[job].failed != 0) return true;
    }
    return false;
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
    const auto one = seed_at(options_, counts.next);
    print_failure(options_for(options_, one), one.seed,
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
      all.busy_in_three += tallies_[job].busy_in_three;
      all.real_in_three += tallies_[job].real_in_three;
      all.hash ^= tallies_[job].hash;
    }
    const auto spent = seconds_since(begin_);
    fmt::print(
        "{} of {} seeds, {} failed; {:.0f} simulated seconds and {} records in {:.1f} s: "
        "{:.0f} seeds/s ({} job{}); hash {:016x}\n",
        all.done, count_, all.failed, all.seconds, all.records, spent,
        static_cast<double>(all.done) / spent, options_.jobs, options_.jobs == 1 ? "" : "s",
        all.hash);
    if (all.real_in_three > 0)
      fmt::print(
          "three nodes: {:.0f} simulated seconds a second of one core, counting only those "
          "in which anything happens\n",
          all.busy_in_three / all.real_in_three);
    const bool all_matter = must_reach_all(all.done);
    const bool reached = print_unreached(all_matter || all.done >= few) || !all_matter;
    return all.failed == 0 && reached && (all.done > 0 || count_ == 0) ? 0 : 1;
  }

  bool must_reach_all(std::uint64_t done) const {
    const bool nightly =
        done >= nightly_size && options_.workload.empty() && options_.mutant.empty();
    return options_.all_reached || nightly;
  }

  /// False: somewhere nobody came by, or something rare never happened.
  bool print_unreached(bool by_name) const {
    std::string unreached;
    std::size_t marked = 0, missed = 0;
    for (std::size_t mark = 0; mark < marks_.size(); ++mark) {
      if (marks_[mark].kind == known_mark::sort::mutant) continue;
      ++marked;
      std::uint64_t visits = 0;
      for (unsigned job = 0; job < options_.jobs; ++job)
        visits += visits_[job * marks_.size() + mark];
      if (visits != 0) continue;
      ++missed;
      unreached += fmt::format("{} {}", unreached.empty() ? ":" : ",", marks_[mark].name);
    }
    if (marked != 0)
      fmt::print("{} of {} marked places were reached{}\n", marked - missed, marked,
                 missed == 0 || !by_name ? "" : "; not" + unreached);
    return missed == 0;
  }

  const run_options& options_;
  const std::uint64_t count_;
  const std::vector<known_mark> marks_;
  shared_list<tally> tallies_;
  shared_list<std::uint64_t> visits_;  ///< of each job, of each mark
  std::vector<pid_t> children_;
  const real_clock::time_point begin_ = real_clock::now();
};

}  // namespace

int run_seeds(const run_options& options) { return runner(options).run(); }

void print_hash(std::uint64_t seed, const run_options& options) {
  fmt::print("{:016x}\n", simulate(seed, {options.workload, false, options.mutant}).hash);
}

int tell_story(std::uint64_t seed, const run_options& options) {
  const auto got = simulate(seed, {options.workload, true, options.mutant});
  for (const auto& line : got.story) fmt::print("{}\n", line);
  fmt::print("seed {}, workload {}: {} records, {} moves, {:.3f} s, hash {:016x}\n", seed,
             got.workload, got.records, got.moves, got.seconds, got.hash);
  if (got.violated.empty()) return 0;
  print_failure(options, seed, got.violated);
  return 1;
}

}  // namespace perdure::sim
