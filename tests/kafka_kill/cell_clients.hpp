#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/kafka_kill/cell_book.hpp"
#include "tests/kill/api_client.hpp"
#include "tests/kill/ledger.hpp"
#include "tests/linearizability/operation.hpp"

namespace perdure::testing {

/// What a cell does with one command after the other.
sequential_model cell_model();

/// Several clients that change the same cells and read them, each through some node, and through
/// another when that one does not answer. They ask until they are answered, often again when they
/// were, and remember when they asked what and what they were told.
class cell_clients {
 public:
  cell_clients(std::function<api_client()> connect, std::uint64_t seed, int clients);
  ~cell_clients();

  /// Begins no cell any more and waits until those that there are have carried out all. What has
  /// not by then is a problem.
  void finish(std::chrono::seconds limit);

  /// What cells gave: each command once, the outcomes that clients were told, none before one that
  /// was answered before it was asked for; and whether what clients saw is linearizable, of which
  /// the former knows nothing. REQUIRES: it has finished, and nothing is killed any more.
  void verify(const ledger& effects);

  bool has_problems() const { return failed_; }
  /// REQUIRES: it has finished.
  const std::vector<std::string>& problems() const { return problems_; }
  /// REQUIRES: it has finished.
  const std::vector<operation>& operations() const { return operations_; }
  std::vector<cell> cells() const { return book_.cells(); }
  std::size_t seen() const;
  std::size_t reads() const { return reads_; }
  std::size_t repeated() const { return repeated_; }

 private:
  struct worker {
    api_client api;
    std::minstd_rand chance;
    std::set<std::string> begun = {};
  };

  void work(std::uint64_t seed);
  bool begin_cell(worker& by, const cell& which);
  void carry_out(worker& by, const cell_command& what);
  bool tell(worker& by, const cell_command& what);
  bool ask(worker& by, const cell_command& what, bool by_call, std::string& output);
  bool await(worker& by, const std::string& space, const std::string& id, std::string& output);
  void read(worker& by, const cell& which);
  /// Asks until it is acknowledged; then perhaps again, and that must be a duplicate.
  api_answer insist(worker& by, const std::string& what, const std::function<api_answer()>& ask);
  void keep(const cell_command* command, operation seen);
  std::string output_of(api_client& api, const cell& which);
  void check_cell(api_client& api, const cell& which, const ledger& effects);
  void problem(std::string text);
  bool gives_up() const { return failed_ || late_; }

  const std::function<api_client()> connect_;
  cell_book book_;
  mutable std::mutex mutex_;
  std::vector<operation> operations_;
  std::map<std::string, std::map<int, std::size_t>> by_ticket_;  ///< indexes of a cell's commands
  std::map<std::string, std::string> run_of_;                    ///< of each cell
  std::vector<std::string> problems_;
  std::atomic<bool> late_ = false, failed_ = false;
  std::atomic<std::size_t> reads_ = 0, repeated_ = 0;
  std::condition_variable all_ended_;
  int ended_ = 0;  ///< clients that have nothing more to do
  const int clients_;
  std::vector<std::jthread> threads_;
};

}  // namespace perdure::testing
