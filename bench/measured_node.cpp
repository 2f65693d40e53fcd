#include "bench/measured_node.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <fstream>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/agents.hpp"

namespace perdure::bench {
namespace {

using clock = std::chrono::steady_clock;

/// Starts the next run when one ends.
class load {
 public:
  load(runtime::client& client, std::string operation, std::size_t total)
      : client_(client), operation_(std::move(operation)), total_(total) {}

  void next() {
    const auto number = begun_.fetch_add(1);
    if (number >= total_) return;
    runtime::start_request request;
    request.name_space = "bench";
    request.agent = agent_name;
    request.operation = operation_;
    request.workflow_id = fmt::format("{}-{}", operation_, next_serial.fetch_add(1));
    client_.start(request, [this, id = request.workflow_id](
                               const runtime::expected<runtime::start_reply>& started) {
      if (!started) return fail(started.error().message);
      client_.result({"bench", id, {}}, runtime::seconds(60),
                     [this](const runtime::expected<runtime::run_result>& result) {
                       if (!result) return fail(result.error().message);
                       if (result->status != runtime::run_status::completed)
                         return fail(fmt::format("a run is {}", runtime::name(result->status)));
                       end_one();
                     });
    });
  }

  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return ended_ == total_ || !failure_.empty(); });
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

 private:
  void end_one() {
    next();
    const std::lock_guard lock(mutex_);
    if (++ended_ == total_) done_.notify_all();
  }
  void fail(const std::string& why) {
    const std::lock_guard lock(mutex_);
    failure_ = why;
    done_.notify_all();
  }

  static inline std::atomic<std::uint64_t> next_serial{0};
  runtime::client& client_;
  const std::string operation_;
  const std::size_t total_;
  std::atomic<std::size_t> begun_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t ended_ = 0;
  std::string failure_;
};

}  // namespace

measured_node::measured_node(const registry& offered, runtime::duration idle,
                             std::size_t resident_runs) {
  deploy::embedded_node_options options;
  options.data_directory = directory_.path();
  options.namespaces = {{"bench", 4, {}, 3'600, 20'000}, {"other", 4, {"bench"}, 3'600, 20'000}};
  options.node.owner.idle = idle;
  options.node.owner.resident_runs = resident_runs;
  auto node = deploy::embedded_node::open(
      options, offered,
      [](runtime::log_line::level, const std::string& text) { fmt::print(stderr, "{}\n", text); },
      [](const runtime::error& why) {
        fmt::print(stderr, "{}\n", why.message);
        std::abort();
      });
  if (!node) throw std::runtime_error(node.error().message);
  node_ = *std::move(node);
  if (!node_->wait_until_ready(runtime::seconds(10)))
    throw std::runtime_error("the node is not ready after 10 s");
}

measured_node::~measured_node() { node_->stop(); }

void measured_node::wait_until_evicted() {
  for (int i = 0; i < 600; ++i) {
    std::promise<std::size_t> resident;
    client().status([&resident](const runtime::expected<runtime::node_status>& status) {
      std::size_t frames = 0;
      for (const auto& partition : status->partitions) frames += partition.resident_runs;
      resident.set_value(frames);
    });
    if (resident.get_future().get() <= 800) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("the runs were not evicted within a minute");
}

spent run_many(runtime::client& client, const std::string& operation, std::size_t in_flight,
               std::size_t total) {
  load all(client, operation, total);
  const auto begin = clock::now();
  const auto cpu_begin = cpu_seconds();
  for (std::size_t i = 0; i < in_flight; ++i) all.next();
  all.wait();
  return {std::chrono::duration<double>(clock::now() - begin).count(), cpu_seconds() - cpu_begin};
}

void start_many(runtime::client& client, const std::string& operation, const std::string& prefix,
                std::size_t total) {
  constexpr std::size_t at_once = 1'000;
  for (std::size_t begun = 0; begun < total; begun += at_once) {
    std::atomic<std::size_t> missing = std::min(at_once, total - begun);
    std::promise<void> all;
    const auto count = missing.load();
    for (std::size_t i = 0; i < count; ++i) {
      runtime::start_request request;
      request.name_space = "bench";
      request.agent = agent_name;
      request.operation = operation;
      request.workflow_id = fmt::format("{}-{}", prefix, begun + i);
      client.start(request, [&missing, &all](const runtime::expected<runtime::start_reply>&) {
        if (missing.fetch_sub(1) == 1) all.set_value();
      });
    }
    all.get_future().get();
  }
}

std::vector<double> wake_some(runtime::client& client, const std::string& prefix, std::size_t some,
                              std::size_t total) {
  std::vector<double> times;
  for (std::size_t i = 0; i < some; ++i) {
    const runtime::workflow_address target{
        "bench", fmt::format("{}-{}", prefix, i * (total / some)), {}};
    std::promise<bool> ended;
    const auto begin = clock::now();
    client.signal({target, "wake", {}, runtime::payload(std::string("up"))},
                  [](const runtime::expected<runtime::start_reply>&) {});
    client.result(target, runtime::seconds(30),
                  [&ended](const runtime::expected<runtime::run_result>& result) {
                    ended.set_value(result && result->status == runtime::run_status::completed);
                  });
    if (!ended.get_future().get()) throw std::runtime_error("a parked run did not complete");
    times.push_back(std::chrono::duration<double>(clock::now() - begin).count());
  }
  return times;
}

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

std::size_t resident_bytes() {
  std::ifstream statistics("/proc/self/statm");
  std::size_t whole = 0, resident = 0;
  statistics >> whole >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace perdure::bench
