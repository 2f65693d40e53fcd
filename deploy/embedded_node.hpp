#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/node.hpp"
#include "actors/node_threads.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "runtime/author/registry.hpp"
#include "transport/embedded_log.hpp"
#include "transport/free_disk.hpp"
#include "transport/log_driver.hpp"
#include "transport/mapped_crash_notes.hpp"
#include "transport/posix_file_system.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::deploy {

struct embedded_node_options {
  std::string data_directory;  ///< made if it is not there; holds the log and the crash notes
  transport::embedded_log_options log;  ///< its directory is set from `data_directory`
  std::vector<runtime::namespace_options> namespaces;
  actors::node_options node;
  actors::node_threads_options threads;
};

/// A whole node on one machine: the embedded log, its threads, the actors on it. What `perdure
/// serve`, the benchmarks and the tests run.
class embedded_node {
 public:
  using report_function = std::function<void(runtime::log_line::level, std::string)>;
  using fatal_function = std::function<void(const runtime::error&)>;

  /// Opens the directory and starts; ready when `status` says so. `offered` outlives the node.
  /// `on_fatal` is called once, on the log's thread, when the log has failed: the process must end
  /// then (DESIGN 5.4). Errors: those of the log, of the configuration.
  static runtime::expected<std::unique_ptr<embedded_node>> open(
      const embedded_node_options& options, const perdure::registry& offered,
      report_function report, fatal_function on_fatal);
  ~embedded_node();

  runtime::client& client() { return node_->client(); }
  /// Blocks until every partition is owned. False: not within `limit`.
  bool wait_until_ready(runtime::duration limit);
  /// Takes no new work and hands over. True: every partition was handed over. At once and false if
  /// the log has failed. Idempotent; `stop` does it too.
  bool drain();
  /// Hands over and ends. Waits until all code of steps and workflows has ended, however long that
  /// takes. True: every partition was handed over, and the log is closed.
  bool stop();
  /// The names of the steps whose code runs now, one for each attempt. Any thread.
  std::vector<std::string> running_steps() const { return threads_->running_steps(); }
  /// Ends without handing over, as a crash would: the next owner claims what is left.
  void abandon();

 private:
  embedded_node() = default;

  bool end();

  report_function report_;
  transport::posix_file_system files_;
  transport::system_clock clock_;
  transport::system_random random_;
  std::unique_ptr<transport::free_disk> disk_;
  std::unique_ptr<perdure::coroutine_host> host_;
  std::unique_ptr<transport::mapped_crash_notes> notes_;
  std::unique_ptr<transport::embedded_log> log_;
  std::unique_ptr<actors::node_threads> threads_;
  std::unique_ptr<actors::node> node_;
  std::unique_ptr<transport::log_driver> driver_;
  std::atomic<bool> log_failed_ = false;
};

}  // namespace perdure::deploy
