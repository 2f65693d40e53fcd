#pragma once

#include "actors/node.hpp"
#include "actors/node_threads.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "tests/unit/actors/hand_clock.hpp"
#include "tests/unit/actors/memory_log.hpp"
#include "tests/unit/actors/memory_notes.hpp"
#include "tests/world/blocking_client.hpp"
#include "tests/world/script.hpp"

namespace perdure::actors {

class counting_random final : public runtime::random_source {
 public:
  std::uint64_t next() override { return ++last_ * 0x9E3779B97F4A7C15U; }

 private:
  std::atomic<std::uint64_t> last_ = 0;
};

/// Nodes that come and go on one log in memory. Time stands still unless the test passes it.
class memory_node {
 public:
  explicit memory_node(memory_log::batches kind = memory_log::batches::atomic) : log(kind) {}
  ~memory_node() { crash(); }

  /// Folds what is in the log and begins a node on it; waits until it rules, unless the log is held
  /// back.
  void start();
  void begin();
  void wait_until_ready();
  /// True: it handed over.
  bool stop();
  /// The node is gone without a word to the log.
  void crash();

  testing::blocking_client client(std::string name_space = "team") {
    return testing::blocking_client(node->client(), std::move(name_space));
  }
  std::vector<std::string> said() const;
  bool has_said(std::string_view text) const;
  /// Waits until some line holds the text.
  void wait_until_said(std::string_view text);

  hand_clock clock;
  memory_log log;
  memory_notes notes;
  registry offered{"test build"};
  std::vector<runtime::namespace_options> namespaces{{"team", 2, {}, 3'600, 1'000}};
  node_options options;
  holder_function on_holder;
  hosting_function hosting;
  std::unique_ptr<node_threads> threads;
  std::unique_ptr<actors::node> node;

 private:
  counting_random random_;
  std::unique_ptr<coroutine_host> host_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> said_;
};

}  // namespace perdure::actors
