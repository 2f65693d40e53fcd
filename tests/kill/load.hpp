#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/kill/api_client.hpp"
#include "tests/kill/job.hpp"
#include "tests/kill/ledger.hpp"

namespace perdure::testing {

/// Clients that work on a node while it is killed, or on a cluster: they repeat every request until
/// it is answered, remember what was acknowledged, and say what became untrue.
class load {
 public:
  /// Each worker is a client that `connect` makes.
  load(std::function<api_client()> connect, std::uint64_t seed, int workers);
  ~load();

  /// Starts these and waits until all have ended, in this thread.
  void run(api_client& client, std::vector<job>& jobs);
  /// Begins nothing new and waits until all that was begun has ended. What has not is a problem.
  void finish(std::chrono::seconds limit);
  /// Asks the node, which is not killed any more, about everything again, and compares with the
  /// ledger.
  void verify(const ledger& effects);
  /// REQUIRES: it has finished.
  const std::vector<job>& finished_jobs() const { return finished_; }

  bool has_problems() const { return failed_; }
  /// REQUIRES: it has finished.
  const std::vector<std::string>& problems() const { return problems_; }
  std::size_t finished() const {
    const std::lock_guard lock(mutex_);
    return finished_.size();
  }
  int resumed() const { return resumed_; }

 private:
  void work(std::uint64_t seed);
  bool start(api_client& client, job& what);
  bool insist(const std::string& what, const std::function<api_answer()>& ask);
  bool send_signals(api_client& client, const job& what);
  bool await(api_client& client, job& what);
  void ask_again(api_client& client, std::minstd_rand& chance);
  void compare_result(api_client& client, const job& what);
  void check_effects(const job& what, const ledger& effects);
  void check_collected(const job& what);
  void check_history(api_client& client, const job& what);
  void check_called_runs(api_client& client, const job& what);
  void check_nothing_open(api_client& client);
  static api_answer read(const std::function<api_answer()>& ask);
  void problem(std::string text);
  bool gives_up() const { return failed_ || late_; }

  const std::function<api_client()> connect_;
  mutable std::mutex mutex_;
  job_source source_;
  std::vector<job> finished_;
  std::vector<std::string> problems_;
  std::atomic<bool> finishing_ = false, late_ = false, failed_ = false;
  std::atomic<int> resumed_ = 0, ended_ = 0;
  const int workers_;
  std::vector<std::jthread> threads_;
};

}  // namespace perdure::testing
