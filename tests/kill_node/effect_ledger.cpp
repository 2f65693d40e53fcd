#include "tests/kill_node/effect_ledger.hpp"

#include <chrono>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace perdure::testing {
namespace {

std::int64_t now_us() {
  // style: allow(clock) to be compared with the times of the kills
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

effect_ledger::effect_ledger(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)),
      opened_(now_us()) {
  if (file_ < 0) throw std::runtime_error("cannot open the ledger " + path);
}

effect_ledger::~effect_ledger() { ::close(file_); }

std::string effect_ledger::add(std::string_view sort, const step_context& attempt,
                               const std::string& label) {
  const auto nonce = fmt::format("{}.{}.{}", getpid(), opened_, ++last_);
  const auto line = fmt::format("\n{} {} {} {} {} {} .\n", sort, attempt.idempotency_key(),
                                attempt.attempt(), label, nonce, now_us());
  if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw std::runtime_error("the ledger is full");
  return nonce;
}

}  // namespace perdure::testing
