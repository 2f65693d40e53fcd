// How long partitions stand still when their owner is killed, or hands over. Nodes in processes of
// their own; work that never rests (timers of 10 ms in every partition); what happened when is read
// from the log afterwards: a turn carries its owner's time.

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/agents.hpp"
#include "bench/kafka_bench/nodes.hpp"
#include "bench/measured_node.hpp"
#include "runtime/decoded_record.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/system_clock.hpp"

namespace perdure::bench {
namespace {

using runtime::record_kind;

constexpr int kills = 20;
constexpr int drains = 10;
constexpr std::size_t ticking = 64;  // runs

/// A process that is a node.
class child_node {
 public:
  child_node(const std::string& program, const transport::kafka_options& kafka,
             const std::string& prefix, std::string name)
      : name_(std::move(name)) {
    std::array<int, 2> ends{};
    // Not to be held open by the next child: its end is the word to stop.
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[0], STDIN_FILENO);
      ::execl(program.c_str(), program.c_str(), kafka.bootstrap_servers.c_str(), prefix.c_str(),
              name_.c_str(), nullptr);
      std::_Exit(127);
    }
    ::close(ends[0]);
    input_ = ends[1];
  }
  ~child_node() { kill(); }
  child_node(const child_node&) = delete;
  child_node& operator=(const child_node&) = delete;

  const std::string& name() const { return name_; }
  void kill() {
    end([this] { ::kill(pid_, SIGKILL); });
  }
  /// It hands over and ends.
  void stop() {
    end([this] { ::close(std::exchange(input_, -1)); });
  }

 private:
  template <class How>
  void end(const How& how) {
    if (pid_ <= 0) return;
    how();
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    if (input_ >= 0) ::close(std::exchange(input_, -1));
  }

  std::string name_;
  pid_t pid_ = -1;
  int input_ = -1;
};

/// The turns of one partition, as its log has them.
class turn_times {
 public:
  turn_times(const transport::kafka_options& kafka, const std::string& topic, std::int32_t number)
      : from_{topic, "", number, runtime::partition_index(1)},
        fetcher_(*transport::kafka_fetcher::open(kafka, clock_)) {}

  /// What has come since the last time.
  void read_on() {
    const auto ends = fetcher_->ends_of(from_, runtime::seconds(10));
    if (!ends || ends->end <= next_) return;
    const auto done = fetcher_->fetch_on(from_, next_, ends->end - 1, runtime::seconds(10),
                                         [this](const auto& bundle) {
                                           for (const auto& record : bundle.records) take(record);
                                           next_ = bundle.at + 1;
                                           return true;
                                         });
    if (!done) throw std::runtime_error(done.error().message);
  }
  /// The first turn of an owner that claimed after that, and the last of the one before.
  std::optional<runtime::timestamp> first_after_claim(runtime::timestamp since) const {
    for (const auto& one : turns_) {
      if (one.at > since && one.first_of_claim && one.claimed > since) return one.at;
    }
    return std::nullopt;
  }
  std::optional<runtime::timestamp> last_before_claim(runtime::timestamp since) const {
    std::optional<runtime::timestamp> last;
    for (const auto& one : turns_) {
      if (one.first_of_claim && one.claimed > since) return last;
      last = one.at;
    }
    return std::nullopt;
  }
  void forget() { turns_.clear(); }

 private:
  struct turn {
    runtime::timestamp at, claimed;
    bool first_of_claim = false;
  };

  void take(const runtime::log_record& record) {
    const auto decoded = decoder_.decode(record.at, record.bytes);
    if (!decoded) throw std::runtime_error(decoded.error().message);
    if (decoded->kind() == record_kind::claim &&
        decoded->as<runtime::wire::Claim>().replaces() == epoch_) {
      epoch_ = record.at.value;
      claimed_ = decoded->time();
      is_first_ = true;
    }
    if (decoded->kind() != record_kind::turn ||
        decoded->as<runtime::wire::Turn>().epoch() != epoch_)
      return;
    turns_.push_back({decoded->time(), claimed_, std::exchange(is_first_, false)});
  }

  transport::system_clock clock_;
  const transport::kafka_partition from_;
  std::unique_ptr<transport::kafka_fetcher> fetcher_;
  runtime::record_decoder decoder_;
  std::int64_t next_ = 0;
  std::uint64_t epoch_ = 0;
  runtime::timestamp claimed_;
  bool is_first_ = false;
  std::vector<turn> turns_;
};

double in_ms(runtime::duration time) { return static_cast<double>(time.us) / 1'000; }

void print_spread(const std::string& what, std::vector<double> times, const std::string& goal) {
  if (times.empty()) return fmt::print("{}: never\n", what);
  std::ranges::sort(times);
  fmt::print("{}: p50 {:.0f} ms, max {:.0f} ms of {} (goal: {})\n", what, times[times.size() / 2],
             times.back(), times.size(), goal);
}

/// What a node of the cluster is, for one round.
class failover_bench {
 public:
  failover_bench(const transport::kafka_options& kafka, std::string program)
      : kafka_(kafka),
        program_(std::move(program)),
        prefix_(fmt::format("bench-{}-failover.", clock_.now().us)),
        watcher_(kafka, prefix_, "node-0") {
    for (const auto* name : {"node-1", "node-2"}) start(name);
    wait_until_owned(watcher_, 3);
    ticks_ = std::jthread([this](const std::stop_token& stop) {
      // Short ones: a run that is taken over is replayed from its whole journal.
      while (!stop.stop_requested()) run_many(watcher_.client(), "Tick", ticking, ticking * 4);
    });
    for (std::int32_t number = 0; number < 4; ++number) {
      auto topic_options = kafka_;
      topic_options.topic_prefix = prefix_;
      logs_.emplace(number, std::make_unique<turn_times>(
                                kafka_, transport::topic_of(topic_options, "bench"), number));
    }
  }

  void run() {
    for (int i = 0; i < kills; ++i) lose(i, [](child_node& node) { node.kill(); }, failover_);
    print_spread("failover, from SIGKILL to the first new turn", failover_,
                 "p50 1500 ms, max 2500 ms");
    for (int i = 0; i < drains; ++i) lose(i, [](child_node& node) { node.stop(); }, pause_);
    print_spread("hand-over, from the last turn to the next owner's first", pause_, "max 200 ms");
    print_spread("start of a node until it owns its share", starts_, "max 3000 ms");
  }

 private:
  void start(const std::string& name) {
    children_[name] = std::make_unique<child_node>(program_, kafka_, prefix_, name);
  }

  template <class How>
  void lose(int round, const How& how, std::vector<double>& into) {
    auto& victim = *children_.at(round % 2 == 0 ? "node-1" : "node-2");
    std::vector<std::int32_t> owned;
    for (const auto& one : watcher_.cluster().partitions) {
      if (one.name_space == "bench" && one.holder == victim.name())
        owned.push_back(static_cast<std::int32_t>(one.number_in_namespace));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300 + 37 * round % 200));
    for (const auto& [number, log] : logs_) {
      log->read_on();
      log->forget();
    }
    const auto began = clock_.now();
    const bool killed = &into == &failover_;
    how(victim);
    for (const auto number : owned) {
      const auto length = wait_for_turn(*logs_.at(number), began, killed);
      into.push_back(in_ms(length));
    }
    const auto started = std::chrono::steady_clock::now();
    start(victim.name());
    wait_until_owned(watcher_, 3);
    starts_.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
            .count());
  }

  runtime::duration wait_for_turn(turn_times& log, runtime::timestamp began, bool killed) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < until) {
      log.read_on();
      const auto first = log.first_after_claim(began);
      const auto last = log.last_before_claim(began);
      if (first) return *first - (killed || !last ? began : *last);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("a partition stands still for 30 s");
  }

  const transport::kafka_options kafka_;
  const std::string program_;
  transport::system_clock clock_;
  const std::string prefix_;
  cluster_node watcher_;
  std::map<std::string, std::unique_ptr<child_node>> children_;
  std::map<std::int32_t, std::unique_ptr<turn_times>> logs_;
  std::vector<double> failover_, pause_, starts_;
  std::jthread ticks_;  ///< ends first
};

}  // namespace

void measure_failover(const transport::kafka_options& kafka, const std::string& program) {
  std::signal(SIGPIPE, SIG_IGN);
  failover_bench(kafka, program).run();
}

int run_child(const transport::kafka_options& kafka, const std::string& prefix,
              const std::string& name) {
  cluster_node node(kafka, prefix, name);
  while (std::getchar() != EOF) {
  }
  return node.stop() ? 0 : 1;
}

}  // namespace perdure::bench
