#include "tests/kill/node_process.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace perdure::testing {
namespace {

/// A port that is free now, below those that the system gives to clients: a client that asks for a
/// server that is down could else be connected with itself.
std::uint16_t free_port() {
  static std::minstd_rand next(static_cast<unsigned>(getpid()));
  while (true) {
    const auto port = static_cast<std::uint16_t>(20'000 + next() % 12'000);
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    if (free) return port;
  }
}

std::string program() {
  const char* const path = std::getenv("PERDURE_KILL_NODE");
  if (path != nullptr) return path;
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kill_node").string();
}

}  // namespace

node_process::node_process(std::vector<std::string> flags) : port_(free_port()) {
  auto name = (std::filesystem::temp_directory_path() / "perdure-kill-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  directory_ = name;
  ledger_ = directory_ + "/ledger";
  command_ = {program()};
  const std::pair<std::string, std::string> usual[] = {
      {"--data-directory", directory_ + "/data"},
      {"--http-port", std::to_string(port_)},
      {"--namespace", "team,partitions=3"},
      {"--namespace", "legal,partitions=2,callers=team"},
      {"--log-segment-bytes", "4MiB"},
      {"--eviction-resident-runs", "20"},
      {"--steps-threads", "16"},
      {"--http-threads", "1"},
      {"--drain", "200ms"}};
  for (const auto& [flag, value] : usual) {
    if (std::ranges::find(flags, flag) != flags.end()) continue;
    command_.push_back(flag);
    command_.push_back(value);
  }
  command_.insert(command_.end(), flags.begin(), flags.end());
}

node_process::~node_process() {
  child_.kill();
  if (::testing::Test::HasFailure()) {
    std::fprintf(stderr, "the node's directory stays for you to look at: %s\n", directory_.c_str());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void node_process::start() {
  auto whole = launcher_;
  whole.insert(whole.end(), command_.begin(), command_.end());
  child_.start(whole, {{"PERDURE_LEDGER", ledger_}, {"PERDURE_MENDED", directory_ + "/mended"}},
               output());
}

int node_process::stop() {
  child_.signal(SIGTERM);
  return child_.wait();
}

bool node_process::wait_until_ready(std::chrono::milliseconds limit) {
  auto asks = client();
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    if (asks.get("/readyz").status == 200) return true;
    if (!child_.is_running()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

std::string node_process::output_text() const {
  std::ifstream file(output());
  return {std::istreambuf_iterator<char>(file), {}};
}

void node_process::mend() const { std::ofstream(directory_ + "/mended") << "yes"; }

supervisor::supervisor(node_process& node)
    : thread_([this, &node](const std::stop_token& stop) {
        node.start();
        while (!stop.stop_requested()) {
          if (node.child().ended()) {
            ++restarts_;
            node.start();
          }
          std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
      }) {}

supervisor::~supervisor() {
  thread_.request_stop();
  thread_.join();
}

}  // namespace perdure::testing
