#include "deploy/embedded_node.hpp"

#include <chrono>
#include <future>
#include <thread>

namespace perdure::deploy {

using runtime::expected;

expected<std::unique_ptr<embedded_node>> embedded_node::open(const embedded_node_options& options,
                                                             const perdure::registry& offered,
                                                             report_function report,
                                                             fatal_function on_fatal) {
  std::unique_ptr<embedded_node> made(new embedded_node);
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
    report(
        runtime::log_line::level::warning,
        fmt::format(
            "{}: cut {} bytes at {}, left by an interrupted write that was never acknowledged: {}",
            cut.path, cut.bytes, cut.position, cut.why));
  }
  for (const auto& note : self.log_->opening().notes)
    report(runtime::log_line::level::warning, note);
  auto installation = fold.match(options.namespaces, self.log_->incarnation());
  if (!installation) return std::unexpected(installation.error());
  auto notes =
      transport::mapped_crash_notes::open(self.files_, options.data_directory + "/crash_notes",
                                          transport::mapped_crash_notes::this_boot(self.files_));
  if (!notes) return std::unexpected(notes.error());
  self.notes_ = *std::move(notes);
  self.disk_ =
      std::make_unique<transport::free_disk>(self.files_, self.clock_, options.data_directory);
  self.host_ = std::make_unique<perdure::coroutine_host>(offered);
  self.threads_ = std::make_unique<actors::node_threads>(options.threads, offered.steps(),
                                                         self.clock_, *self.notes_, report);
  self.report_ = report;
  self.node_ = std::make_unique<actors::node>(
      actors::node_services{.log = *self.log_,
                            .clock = self.clock_,
                            .random = self.random_,
                            .actors = self.threads_->actors(),
                            .executor = *self.host_,
                            .steps = self.threads_->steps(),
                            .reads = self.threads_->reads(),
                            .watch = self.threads_->watch(),
                            .step_types = offered.steps(),
                            .notes = *self.notes_,
                            .report = std::move(report),
                            .free_disk = [disk = self.disk_.get()] { return disk->bytes(); }},
      *std::move(installation), options.node);
  self.log_->set_listener(*self.node_);
  self.driver_ = std::make_unique<transport::log_driver>(
      *self.log_, [&self, on_fatal = std::move(on_fatal)](const runtime::error& why) {
        self.log_failed_ = true;
        on_fatal(why);
      });
  return made;
}

embedded_node::~embedded_node() {
  stop();
  if (driver_ || !node_) return;
  node_->stop();  // opening may have failed behind the making of the node
  threads_->stop();
}

bool embedded_node::wait_until_ready(runtime::duration limit) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(limit.us);
  while (std::chrono::steady_clock::now() < until) {
    auto asked = std::make_shared<std::promise<bool>>();
    client().status([asked](const runtime::expected<runtime::node_status>& status) {
      asked->set_value(status && status->ready);
    });
    if (asked->get_future().get()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

bool embedded_node::drain() { return !log_failed_ && node_->drain(); }

bool embedded_node::stop() {
  if (!node_ || !driver_) return true;
  const bool handed_over = drain();
  return end() && handed_over;
}

void embedded_node::abandon() {
  if (node_ && driver_) end();
}

bool embedded_node::end() {
  node_->stop();
  threads_->stop();
  driver_->stop();
  driver_.reset();
  const auto closed = log_->close();
  if (!closed && !log_failed_)
    report_(runtime::log_line::level::error,
            fmt::format("the log could not be closed cleanly ({}): nothing is lost, the next start "
                        "reads to its end",
                        closed.error().message));
  return closed.has_value();
}

}  // namespace perdure::deploy
