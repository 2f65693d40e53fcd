#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/node.hpp"
#include "actors/node_threads.hpp"
#include "nexus/metrics.hpp"
#include "runtime/author/coroutine_host.hpp"
#include "runtime/author/registry.hpp"
#include "transport/free_disk.hpp"
#include "transport/mapped_crash_notes.hpp"
#include "transport/posix_file_system.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"
#include "transport/tcp_dialer.hpp"

namespace perdure::deploy {

/// A whole node in this process, on whatever log: its threads and the actors on it. Who derives
/// from it opens the log, and drives it.
class running_node {
 public:
  using report_function = std::function<void(runtime::log_line::level, std::string)>;
  using fatal_function = std::function<void(const runtime::error&)>;

  virtual ~running_node() = default;
  running_node(const running_node&) = delete;
  running_node& operator=(const running_node&) = delete;

  runtime::client& client() { return node_->client(); }
  /// What it has to show beside its partitions. Any thread.
  virtual nexus::metric_families metrics() const { return {}; }
  /// Blocks until every partition is owned. False: not within `limit`.
  bool wait_until_ready(runtime::duration limit);
  /// Takes no new work and hands over. True: every partition was handed over. At once and false if
  /// the log has failed. Idempotent; `stop` does it too.
  virtual bool drain();
  /// Hands over and ends. Waits until all code of steps and workflows has ended, however long that
  /// takes. True: every partition was handed over, and the log is closed.
  bool stop();
  /// The names of the steps whose code runs now, one for each attempt. Any thread.
  std::vector<std::string> running_steps() const { return threads_->running_steps(); }
  /// Ends without handing over, as a crash would: the next owner claims what is left.
  void abandon();

 protected:
  /// How other nodes reach it.
  struct link_parts {
    actors::link_identity identity;
    runtime::shared_socket listener;
  };
  /// What a node is made of, besides its log.
  struct parts {
    const std::string& data_directory;  ///< is there; keeps the crash notes
    const perdure::registry& offered;   ///< outlives the node
    const actors::node_options& node;
    const actors::node_threads_options& threads;
    actors::cluster_door cluster = {};  ///< empty: it is no member of one
    std::optional<link_parts> link = {};
    runtime::foreign_messages* foreign = nullptr;
  };

  explicit running_node(report_function report) : report_(std::move(report)) {}

  /// Starts on an opened log. Errors: of the crash notes.
  runtime::expected<void> start(runtime::log& log, runtime::installation opened, parts of);
  runtime::log_listener& listener() { return *node_; }
  actors::node& product() { return *node_; }
  void on_log_failed() { log_failed_ = true; }
  /// To be called by the destructor of who derives, while the log is still there.
  void finish();

  /// Whether somebody drives the log.
  virtual bool is_driven() const = 0;
  /// Writes what was submitted before, and drives the log no more.
  virtual void stop_driving() = 0;
  virtual runtime::expected<void> close_log() = 0;

  report_function report_;
  transport::posix_file_system files_;
  transport::system_clock clock_;
  transport::system_random random_;

 private:
  bool end();
  /// Who calls actors ends before them.
  void stop_threads();

  std::unique_ptr<transport::free_disk> disk_;
  std::unique_ptr<perdure::coroutine_host> host_;
  std::unique_ptr<transport::mapped_crash_notes> notes_;
  std::unique_ptr<actors::node_threads> threads_;
  std::unique_ptr<transport::tcp_dialer> dialer_;  ///< null: it has no link
  std::unique_ptr<actors::node> node_;
  std::atomic<bool> log_failed_ = false;
};

}  // namespace perdure::deploy
