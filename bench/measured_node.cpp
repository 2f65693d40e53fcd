#include "bench/measured_node.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>

namespace perdure::bench {
namespace {

using clock = std::chrono::steady_clock;

/// Starts the next run when one ends.
class load {
 public:
  load(runtime::client& client, std::string agent, std::string operation, std::size_t total)
      : client_(client),
        agent_(std::move(agent)),
        operation_(std::move(operation)),
        total_(total) {}

  void next() {
    const auto number = begun_.fetch_add(1);
    if (number >= total_) return;
    runtime::start_request request;
    request.name_space = "bench";
    request.agent = agent_;
    request.operation = operation_;
    request.workflow_id = fmt::format("{}-{}", operation_, serial_.fetch_add(1));
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

  static inline std::atomic<std::uint64_t> serial_{0};
  runtime::client& client_;
  const std::string agent_, operation_;
  const std::size_t total_;
  std::atomic<std::size_t> begun_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t ended_ = 0;
  std::string failure_;
};

}  // namespace

measured_node::measured_node(const perdure::registry& offered, std::uint32_t partitions,
                             std::size_t resident_runs) {
  auto name = (std::filesystem::current_path() / "bench-data-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("cannot make a directory beside this one");
  directory_ = name;
  deploy::embedded_node_options options;
  options.data_directory = directory_;
  options.namespaces = {{"bench", partitions, {}, 3'600, 20'000}};
  options.node.owner.resident_runs = resident_runs;
  if (const char* threads = std::getenv("CAF_THREADS"))
    options.node.scheduler_threads = std::atoi(threads);
  if (const char* spin = std::getenv("SPIN")) options.log.spin_us = std::atoi(spin);
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

measured_node::~measured_node() {
  node_->stop();
  node_.reset();
  std::filesystem::remove_all(directory_);
}

double run_many(runtime::client& client, const std::string& agent, const std::string& operation,
                std::size_t in_flight, std::size_t total) {
  load all(client, agent, operation, total);
  const auto begin = clock::now();
  for (std::size_t i = 0; i < in_flight; ++i) all.next();
  all.wait();
  return std::chrono::duration<double>(clock::now() - begin).count();
}

}  // namespace perdure::bench
