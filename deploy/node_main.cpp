#include "deploy/node_main.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "deploy/embedded_node.hpp"
#include "deploy/kafka_node.hpp"
#include "deploy/node_settings.hpp"
#include "nexus/api/http_api.hpp"
#include "runtime/author/build_id.hpp"
#include "transport/http_server.hpp"

namespace perdure {
namespace deploy {
namespace {

constexpr int failed = 1, wrong_usage = 2;
constexpr std::chrono::seconds patience_with_holder(5);
constexpr std::chrono::seconds patience_with_code(3);  // told to stop, after the hand-over

spdlog::level::level_enum level_of(runtime::log_line::level severity) {
  switch (severity) {
    case runtime::log_line::level::debug:
      return spdlog::level::debug;
    case runtime::log_line::level::info:
      return spdlog::level::info;
    case runtime::log_line::level::warning:
      return spdlog::level::warn;
    case runtime::log_line::level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger(const node_options& options) {
  auto logger = std::make_shared<spdlog::logger>(
      options.embedded.node.name, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n %^%l%$ %v");
  logger->set_level(level_of(options.log_level));
  logger->flush_on(spdlog::level::info);
  return logger;
}

embedded_node_options settle(const node_options& options) {
  auto out = options.embedded;
  out.node.build = binary_build_id();
  if (out.threads.scheduler == 0)
    out.threads.scheduler = std::max(1U, std::thread::hardware_concurrency());
  return out;
}

bool is_on_kafka(const node_options& options) { return !options.kafka.bootstrap_servers.empty(); }

std::string place_of_log(const node_options& options) {
  return is_on_kafka(options) ? "Kafka at " + options.kafka.bootstrap_servers
                              : options.embedded.data_directory;
}

runtime::expected<std::unique_ptr<running_node>> open_node(
    const node_options& options, const registry& offered,
    const running_node::report_function& report, const running_node::fatal_function& on_fatal) {
  auto settled = settle(options);
  if (!is_on_kafka(options)) return embedded_node::open(settled, offered, report, on_fatal);
  return kafka_node::open({.data_directory = std::move(settled.data_directory),
                           .kafka = options.kafka,
                           .namespaces = std::move(settled.namespaces),
                           .node = std::move(settled.node),
                           .member = options.member,
                           .link = options.link,
                           .doors = options.doors,
                           .threads = std::move(settled.threads)},
                          offered, report, on_fatal);
}

/// A long poll ends before the server gives up on it.
runtime::duration longest_wait(const node_options& options) {
  const runtime::duration latest{options.http.request_deadline.us - runtime::seconds(5).us};
  return std::clamp(latest, runtime::seconds(1), options.http_api.longest_wait);
}

/// SIGTERM and SIGINT wait for the main thread; SIGPIPE is nobody's.
class signal_wait {
 public:
  signal_wait() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  int wait() const {
    int number = 0;
    sigwait(&set_, &number);
    return number;
  }

 private:
  sigset_t set_{};
};

/// A process that was killed holds its directory until the kernel has taken it apart: who is
/// started in its place waits for that.
template <class Open>
auto open_when_free(const Open& open, const std::shared_ptr<spdlog::logger>& logger) {
  const auto until = std::chrono::steady_clock::now() + patience_with_holder;
  bool told = false;
  while (true) {
    auto node = open();
    if (node || node.error().code != runtime::errc::locked ||
        std::chrono::steady_clock::now() >= until)
      return node;
    if (!std::exchange(told, true))
      logger->info("waiting {} s for another process to end: {}", patience_with_holder.count(),
                   node.error().message);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// Calls a function after a time, unless it is destroyed before.
class last_resort {
 public:
  last_resort(std::chrono::milliseconds time, std::function<void()> function)
      : thread_([time, function = std::move(function)](const std::stop_token& stop) {
          std::mutex mutex;
          std::condition_variable_any never;
          std::unique_lock lock(mutex);
          if (!never.wait_for(lock, stop, time, [&stop] { return stop.stop_requested(); }))
            function();
        }) {}

 private:
  std::jthread thread_;
};

/// Hands over and ends; code that does not end by itself is left behind, for nothing depends on it
/// any more: what it did not record will be done again. The process's exit code.
int end_node(running_node& node, const std::shared_ptr<spdlog::logger>& logger) {
  const int code = node.drain() ? 0 : failed;
  if (code == 0)
    logger->info("every partition was handed over");
  else
    logger->warn(
        "not every partition was handed over: some had stopped, or their workflow code did not end "
        "in time. The next start takes these as after a crash");
  const last_resort leave(patience_with_code, [&node, logger, code] {
    const auto steps = node.running_steps();
    logger->warn("the process ends while code still runs that does not heed its cancellation: {}",
                 steps.empty() ? "of a workflow" : fmt::format("{}", fmt::join(steps, ", ")));
    logger->flush();
    std::_Exit(code);
  });
  return node.stop() ? code : failed;
}

}  // namespace

int run_node(const node_options& options, const registry& offered) {
  const signal_wait signals;  // before any thread: they inherit the mask
  const auto logger = make_logger(options);
  const auto on_fatal = [logger](const runtime::error& why) {
    logger->critical("the log has failed, the node ends: {}", why.message);
    logger->flush();
    std::_Exit(failed);  // DESIGN 5.4: nothing may run on; what was acknowledged is in the log
  };
  const auto report = [logger](runtime::log_line::level severity, const std::string& text) {
    logger->log(level_of(severity), "{}", text);
  };
  auto node = open_when_free([&] { return open_node(options, offered, report, on_fatal); }, logger);
  if (!node) {
    logger->critical("{}", node.error().message);
    return failed;
  }
  nexus::metrics measured;
  const transport::system_clock clock;
  nexus::http_api api((*node)->client(), measured, clock,
                      {options.http_api.allowed_hosts, longest_wait(options)});
  auto server = transport::http_server::start(options.http, api);
  if (!server) {
    logger->critical("{}", server.error().message);
    return failed;
  }
  measured.add_source([&server] { return nexus::to_families((*server)->statistics()); });
  measured.add_source([&node] { return (*node)->metrics(); });
  logger->info("node {} (build {}) on {}: API at http://{}:{}", options.embedded.node.name,
               binary_build_id(), place_of_log(options), options.http.address, (*server)->port());
  const int number = signals.wait();
  logger->info("signal {}: draining", number);
  (*server)->stop();
  return end_node(**node, logger);
}

}  // namespace deploy

int node_main(int argc, char** argv, const std::function<void(registry&)>& register_agents) {
  CLI::App app("A Perdure node.");
  deploy::node_settings settings;
  settings.declare(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : deploy::wrong_usage;
  }
  const auto options = settings.resolve();
  if (!options) {
    for (const auto& line : options.error()) fmt::print(stderr, "{}\n", line);
    return deploy::wrong_usage;
  }
  registry offered;
  try {
    register_agents(offered);
  } catch (const std::invalid_argument& wrong) {
    fmt::print(stderr, "an agent or step cannot be offered: {}\n", wrong.what());
    return deploy::failed;
  }
  return deploy::run_node(*options, offered);
}

}  // namespace perdure
