#include "deploy/node_main.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "deploy/embedded_node.hpp"
#include "deploy/node_settings.hpp"
#include "nexus/api/http_api.hpp"
#include "runtime/author/build_id.hpp"
#include "transport/http_server.hpp"

namespace perdure {
namespace deploy {
namespace {

constexpr int failed = 1, wrong_usage = 2;

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
  if (out.node.scheduler_threads == 0)
    out.node.scheduler_threads = std::max(1U, std::thread::hardware_concurrency());
  return out;
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

}  // namespace

int run_node(const node_options& options, const registry& offered) {
  const signal_wait signals;  // before any thread: they inherit the mask
  const auto logger = make_logger(options);
  const auto on_fatal = [logger](const runtime::error& why) {
    logger->critical("the log has failed, the node ends: {}", why.message);
    logger->flush();
    std::_Exit(failed);  // DESIGN 5.4: nothing may run on; what was acknowledged is in the log
  };
  auto node = embedded_node::open(
      settle(options), offered,
      [logger](runtime::log_line::level severity, const std::string& text) {
        logger->log(level_of(severity), "{}", text);
      },
      on_fatal);
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
  logger->info("node {} (build {}) on {}: API at http://{}:{}", options.embedded.node.name,
               binary_build_id(), options.embedded.data_directory, options.http.address,
               (*server)->port());
  const int number = signals.wait();
  logger->info("signal {}: draining", number);
  (*server)->stop();
  const bool clean = (*node)->stop();
  if (clean)
    logger->info("every partition was handed over");
  else
    logger->warn(
        "some attempts did not end in time: the next start takes the partitions as after a crash");
  return 0;
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
