#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "deploy/embedded_node.hpp"
#include "tests/world/blocking_client.hpp"
#include "tests/world/script.hpp"

namespace perdure::testing {

/// A directory of its own, removed at the end.
class temporary_directory {
 public:
  temporary_directory();
  ~temporary_directory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A node on real files in a temporary directory, which can be stopped, abandoned and started
/// again. Has namespaces "team" (4 partitions), "legal" (2, which team may call) and "closed" (1,
/// which nobody may).
class disk_node {
 public:
  disk_node();
  ~disk_node();

  /// Opens. The error of the opening, if it fails.
  runtime::expected<void> begin();
  /// Opens and waits until it is ready. The error of the opening, if it fails.
  runtime::expected<void> open();
  /// As above; an error is a failure of the test.
  void start();
  /// Ends cleanly. True: handed over.
  bool stop();
  /// Ends as a crash would: without a word to the log, and with the notes that a killed process
  /// leaves only if code runs at that moment.
  void crash();

  blocking_client client(std::string name_space = "team") {
    return blocking_client(node->client(), std::move(name_space));
  }
  /// The run's details when they are so; an error if it is not there, or not so within a minute.
  runtime::expected<runtime::run_details> wait_until(
      const std::string& id, const std::function<bool(const runtime::run_details&)>& is_so);
  /// Waits until the run has that condition, the detail of it for a test to look at.
  std::string wait_for_condition(const std::string& id, std::string_view condition);
  bool has_said(std::string_view text) const;
  void wait_until_said(std::string_view text);

  temporary_directory directory;
  std::unique_ptr<registry> offered = std::make_unique<registry>("build 1");
  deploy::embedded_node_options options;
  std::unique_ptr<deploy::embedded_node> node;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> said_;
};

}  // namespace perdure::testing
