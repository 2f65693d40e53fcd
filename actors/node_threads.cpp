#include "actors/node_threads.hpp"

#include <utility>

#include "actors/scheduler.hpp"

namespace perdure::actors {

node_threads::node_threads(const node_threads_options& options, const perdure::step_registry& steps,
                           const runtime::clock& clock, runtime::crash_notes& notes,
                           const report_function& report, std::function<void()> end_process)
    : watch_(
          options.watch, clock,
          [report](std::string text) { report(runtime::log_line::level::error, std::move(text)); },
          std::move(end_process)),
      steps_(steps, clock, notes, options.steps,
             [report](const runtime::log_line& line) { report(line.severity, line.text); }) {
  if (options.looks_out)
    config_.load<scheduler>();
  else
    config_.load<sleeping_scheduler>();
  config_.set("scheduler.max-threads", options.scheduler);
  config_.set("logger.verbosity", caf::atom("quiet"));
  if (options.link) load_middleman(config_, *options.link);
  actors_ = std::make_unique<caf::actor_system>(config_);
}

void node_threads::stop() {
  steps_.stop();
  reads_.stop();
  actors_.reset();
  watch_.stop();
}

}  // namespace perdure::actors
