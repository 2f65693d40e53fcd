#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/read_executor.hpp"

namespace perdure::actors {

/// Reads from the log's files for all partitions, on one thread of its own, so that no actor blocks
/// (STYLE 22). What waits is bounded by the partitions: at most one read per run, attempt, owed
/// message or client request.
class loader final : public read_executor {
 public:
  loader();
  ~loader() override;
  /// Dropped after `stop`.
  void submit(std::function<void()> read) override;
  /// Ends the thread after the read at hand, and drops what waits.
  void stop();

 private:
  void work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::function<void()>> waiting_;
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace perdure::actors
