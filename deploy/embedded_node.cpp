#include "deploy/embedded_node.hpp"

#include <utility>

#include <fmt/format.h>

namespace perdure::deploy {

using runtime::expected;

expected<std::unique_ptr<embedded_node>> embedded_node::open(const embedded_node_options& options,
                                                             const perdure::registry& offered,
                                                             report_function report,
                                                             fatal_function on_fatal) {
  std::unique_ptr<embedded_node> made(new embedded_node(std::move(report)));
  auto& self = *made;
  auto log_options = options.log;
  log_options.directory = options.data_directory + "/log";
  runtime::opening_fold fold;
  auto log = transport::embedded_log::open(
      log_options, {self.files_, self.clock_, self.random_},
      [&fold](std::span<const runtime::log_record> records) { fold.read(records); });
  if (!log) return std::unexpected(log.error());
  self.log_ = *std::move(log);
  for (const auto& cut : self.log_->opening().cuts) {
    self.report_(
        runtime::log_line::level::warning,
        fmt::format(
            "{}: cut {} bytes at {}, left by an interrupted write that was never acknowledged: {}",
            cut.path, cut.bytes, cut.position, cut.why));
  }
  for (const auto& note : self.log_->opening().notes)
    self.report_(runtime::log_line::level::warning, note);
  auto installation = fold.match(options.namespaces, self.log_->incarnation());
  if (!installation) return std::unexpected(installation.error());
  auto started = self.start(*self.log_, *std::move(installation),
                            {options.data_directory, offered, options.node, options.threads});
  if (!started) return std::unexpected(started.error());
  self.log_->set_listener(self.listener());
  self.driver_ = std::make_unique<transport::log_driver>(
      *self.log_, [&self, on_fatal = std::move(on_fatal)](const runtime::error& why) {
        self.on_log_failed();
        on_fatal(why);
      });
  return made;
}

void embedded_node::stop_driving() {
  driver_->stop();
  driver_.reset();
}

}  // namespace perdure::deploy
