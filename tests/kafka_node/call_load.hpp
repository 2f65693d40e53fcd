#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {

/// Offers what the runs of a call_load do, and these operations beside it.
void offer_calls(registry& to, std::map<std::string, script_code> others = {});

/// The answer to a start. Who is told to ask again does, with the same request key (the workflow id
/// if there is none).
runtime::expected<runtime::start_reply> start_with_patience(blocking_client client,
                                                            runtime::start_request request);

/// Clients who start runs in namespace "team", one after the other, each of which calls an agent of
/// "legal" three times, and who wait for their ends; before each call, and in it, a run waits for a
/// moment. A client who is told to ask again does, with the same request key; all else that is not
/// the right answer is a failure of the test.
///
/// The nodes outlive it, and serve on while it goes on.
class call_load {
 public:
  static constexpr int calls_of_a_run = 3;

  /// So many clients for each of the nodes.
  call_load(const std::vector<whole_node*>& through, int clients);
  ~call_load() { stop(); }
  call_load(const call_load&) = delete;
  call_load& operator=(const call_load&) = delete;

  /// Until so many more runs have ended than had when it is called.
  void wait_for_more(std::size_t runs);
  /// Each client ends with the run that it is at.
  void stop();
  /// Each run has ended as it should, once, and each of its calls was executed by one run, as nodes
  /// say that serve "team" and "legal". REQUIRES: stopped.
  void judge(whole_node& team, whole_node& legal) const;

  std::size_t ended() const;

 private:
  void go_on(const std::stop_token& stop, whole_node& through, const std::string& name);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> ended_;
  std::vector<std::jthread> clients_;
};

}  // namespace perdure::testing
