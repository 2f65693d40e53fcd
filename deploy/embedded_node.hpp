#pragma once

#include <memory>
#include <string>
#include <vector>

#include "deploy/running_node.hpp"
#include "transport/embedded_log.hpp"
#include "transport/log_driver.hpp"

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
class embedded_node final : public running_node {
 public:
  /// Opens the directory and starts; ready when `status` says so. `offered` outlives the node.
  /// `on_fatal` is called once, on the log's thread, when the log has failed: the process must end
  /// then (DESIGN 5.4). Errors: those of the log, of the configuration.
  static runtime::expected<std::unique_ptr<embedded_node>> open(
      const embedded_node_options& options, const perdure::registry& offered,
      report_function report, fatal_function on_fatal);
  ~embedded_node() override { finish(); }

 private:
  explicit embedded_node(report_function report) : running_node(std::move(report)) {}

  bool is_driven() const override { return driver_ != nullptr; }
  void stop_driving() override;
  runtime::expected<void> close_log() override { return log_->close(); }

  std::unique_ptr<transport::embedded_log> log_;
  std::unique_ptr<transport::log_driver> driver_;
};

}  // namespace perdure::deploy
