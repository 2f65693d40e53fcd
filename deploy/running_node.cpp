#include "deploy/running_node.hpp"

#include <chrono>
#include <future>
#include <thread>

#include <fmt/format.h>

namespace perdure::deploy {

using runtime::expected;

expected<void> running_node::start(runtime::log& log, runtime::installation opened, parts of) {
  auto notes = transport::mapped_crash_notes::open(
      files_, of.data_directory + "/crash_notes", transport::mapped_crash_notes::this_boot(files_));
  if (!notes) return std::unexpected(notes.error());
  notes_ = *std::move(notes);
  disk_ = std::make_unique<transport::free_disk>(files_, clock_, of.data_directory);
  host_ = std::make_unique<perdure::coroutine_host>(of.offered);
  auto threads = of.threads;
  actors::node_link link;
  if (of.link) {
    threads.link = of.link->identity;
    dialer_ = std::make_unique<transport::tcp_dialer>();
    link = {dialer_.get(), of.link->listener};
  }
  threads_ =
      std::make_unique<actors::node_threads>(threads, of.offered.steps(), clock_, *notes_, report_);
  node_ = std::make_unique<actors::node>(
      actors::node_services{.log = log,
                            .clock = clock_,
                            .random = random_,
                            .actors = threads_->actors(),
                            .executor = *host_,
                            .steps = threads_->steps(),
                            .reads = threads_->reads(),
                            .watch = threads_->watch(),
                            .step_types = of.offered.steps(),
                            .notes = *notes_,
                            .report = report_,
                            .free_disk = [disk = disk_.get()] { return disk->bytes(); },
                            .cluster = std::move(of.cluster),
                            .link = std::move(link),
                            .foreign = of.foreign},
      std::move(opened), of.node);
  return {};
}

bool running_node::wait_until_ready(runtime::duration limit) {
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

bool running_node::drain() { return !log_failed_ && node_->drain(); }

bool running_node::stop() {
  if (!node_ || !is_driven()) return true;
  const bool handed_over = drain();
  return end() && handed_over;
}

void running_node::abandon() {
  if (node_ && is_driven()) end();
}

bool running_node::end() {
  node_->stop();
  stop_threads();
  stop_driving();
  const auto closed = close_log();
  if (!closed && !log_failed_)
    report_(runtime::log_line::level::error,
            fmt::format("the log could not be closed cleanly ({}): nothing is lost, the next start "
                        "reads to its end",
                        closed.error().message));
  return closed.has_value();
}

void running_node::stop_threads() {
  if (dialer_) dialer_->stop();
  if (threads_) threads_->stop();
}

void running_node::finish() {
  stop();
  if (node_) node_->stop();  // opening may have failed behind the making of the node
  stop_threads();
  node_.reset();
  threads_.reset();
}

}  // namespace perdure::deploy
