#include "tests/unit/actors/memory_node.hpp"

#include <stdexcept>

namespace perdure::actors {

void memory_node::begin() {
  runtime::opening_fold fold;
  const auto records = log.records();
  fold.read(records);
  auto found = fold.match(namespaces, runtime::incarnation(0xAB));
  if (!found) throw std::runtime_error(found.error().message);
  host_ = std::make_unique<coroutine_host>(offered);
  const auto say = [this](runtime::log_line::level, const std::string& text) {
    const std::lock_guard lock(mutex_);
    said_.push_back(text);
    changed_.notify_all();
  };
  node_threads_options few;
  few.steps.threads = 8;
  threads = std::make_unique<node_threads>(few, offered.steps(), clock, notes, say);
  cluster_door door{on_holder, {}, {}};
  door.hosting = hosting;
  node = std::make_unique<actors::node>(node_services{.log = log,
                                                      .clock = clock,
                                                      .random = random_,
                                                      .actors = threads->actors(),
                                                      .executor = *host_,
                                                      .steps = threads->steps(),
                                                      .reads = threads->reads(),
                                                      .watch = threads->watch(),
                                                      .step_types = offered.steps(),
                                                      .notes = notes,
                                                      .report = say,
                                                      .cluster = std::move(door)},
                                        *std::move(found), options);
  log.set_listener(node.get());
  log.drive();
}

void memory_node::start() {
  begin();
  wait_until_ready();
}

void memory_node::wait_until_ready() {
  while (true) {
    const auto status = client().status();
    if (!status) throw std::runtime_error(status.error().message);
    if (status->ready) return;
    std::this_thread::yield();
  }
}

bool memory_node::stop() {
  if (!node) return true;
  const bool handed_over = node->drain();
  crash();
  return handed_over;
}

void memory_node::crash() {
  if (!node) return;
  node->stop();
  threads->stop();
  log.stop();
  log.set_listener(nullptr);
  node.reset();
  threads.reset();
}

std::vector<std::string> memory_node::said() const {
  const std::lock_guard lock(mutex_);
  return said_;
}

bool memory_node::has_said(std::string_view text) const {
  const auto all = said();
  return std::ranges::any_of(all, [&](const auto& line) { return line.contains(text); });
}

void memory_node::wait_until_said(std::string_view text) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return std::ranges::any_of(said_, [&](const auto& line) { return line.contains(text); });
  });
}

}  // namespace perdure::actors
