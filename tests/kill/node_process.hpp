#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/kill/api_client.hpp"
#include "tests/kill/child_process.hpp"

namespace perdure::testing {

/// The program kill_node with a directory of its own: what is killed.
class node_process {
 public:
  /// `flags` are added to those that every node of the harness has, or replace them.
  explicit node_process(std::vector<std::string> flags = {});
  /// Keeps the directory if a test has failed, and says where it is.
  ~node_process();

  void start();
  /// From now on that command starts it ("/usr/bin/setpriv", …); empty: it is started itself.
  void start_by(std::vector<std::string> launcher) { launcher_ = std::move(launcher); }
  /// From now on its steps write there: a ledger that several nodes share.
  void write_to(std::string ledger) { ledger_ = std::move(ledger); }
  void kill() { child_.kill(); }
  /// Asks it to end, and waits.
  int stop();
  child_process& child() { return child_; }
  /// False: it has ended, or was not ready in time.
  bool wait_until_ready(std::chrono::milliseconds limit = std::chrono::seconds(60));

  api_client client() const { return api_client(port_); }
  std::uint16_t port() const { return port_; }
  const std::string& ledger() const { return ledger_; }
  std::string data_directory() const { return directory_ + "/data"; }
  std::string log_directory() const { return directory_ + "/data/log"; }
  std::string output() const { return directory_ + "/output"; }
  std::string output_text() const;
  /// From now on what is poison does no harm.
  void mend() const;

 private:
  std::string directory_, ledger_;
  std::uint16_t port_;
  std::vector<std::string> command_, launcher_;
  child_process child_;
};

/// True as soon as the condition holds; false after a minute.
template <class Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 6'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// Restarts the node whenever it ends by itself, as systemd would, until it is destroyed.
class supervisor {
 public:
  explicit supervisor(node_process& node);
  ~supervisor();
  int restarts() const { return restarts_; }

 private:
  std::atomic<int> restarts_ = 0;
  std::jthread thread_;
};

}  // namespace perdure::testing
