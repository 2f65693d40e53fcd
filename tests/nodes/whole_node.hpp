#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "deploy/running_node.hpp"
#include "tests/world/blocking_client.hpp"
#include "tests/world/script.hpp"

namespace perdure::testing {

/// A whole node in this process, whatever its log, which can be stopped, abandoned and started
/// again. Has namespaces "team" (4 partitions), "legal" (2, which team may call) and "closed" (1,
/// which nobody may).
class whole_node {
 public:
  /// On the log that this program is about; each program defines it.
  static std::unique_ptr<whole_node> make();

  virtual ~whole_node() = default;
  whole_node(const whole_node&) = delete;
  whole_node& operator=(const whole_node&) = delete;

  /// For the next opening.
  virtual actors::node_options& node_options() = 0;
  virtual std::vector<runtime::namespace_options>& namespaces() = 0;
  /// From the next opening on the log takes about two million bytes at once, and no more.
  virtual void take_small_requests() = 0;
  /// Writes records into its log behind its back, as they are. REQUIRES: it is not open.
  virtual void append(runtime::partition_index partition,
                      const std::vector<std::string>& records) = 0;

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
      const std::string& id, const std::function<bool(const runtime::run_details&)>& is_so,
      const std::string& name_space = "team");
  /// Waits until the run has that condition, the detail of it for a test to look at.
  std::string wait_for_condition(const std::string& id, std::string_view condition,
                                 const std::string& name_space = "team");
  bool has_said(std::string_view text) const { return times_said(text) > 0; }
  std::size_t times_said(std::string_view text) const;
  void wait_until_said(std::string_view text);

  std::unique_ptr<registry> offered = std::make_unique<registry>("build 1");
  std::unique_ptr<deploy::running_node> node;

 protected:
  whole_node() = default;
  static std::vector<runtime::namespace_options> usual_namespaces();

  using opened_node = runtime::expected<std::unique_ptr<deploy::running_node>>;
  virtual opened_node open_node(deploy::running_node::report_function say,
                                deploy::running_node::fatal_function on_fatal) = 0;

 private:
  void say(const std::string& text);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> said_;
};

}  // namespace perdure::testing
