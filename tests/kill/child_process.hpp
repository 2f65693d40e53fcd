#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace perdure::testing {

/// A process of ours. Its output goes to the end of a file.
class child_process {
 public:
  child_process() = default;
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Throws std::runtime_error if it cannot be started. REQUIRES: not running.
  void start(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment, const std::string& output);
  /// Sends a signal, if it runs.
  void signal(int number) const;
  /// Kills it and waits for its end.
  void kill();
  /// The wait status if it has ended by now.
  std::optional<int> ended();
  /// Waits for its end.
  int wait();
  bool is_running() { return pid_ != 0 && !ended(); }

 private:
  pid_t pid_ = 0;  ///< 0: none, or its end was seen
  std::optional<int> status_;
};

}  // namespace perdure::testing
