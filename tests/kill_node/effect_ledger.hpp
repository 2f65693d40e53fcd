#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "runtime/author/step_context.hpp"

namespace perdure::testing {

/// The world outside, as steps change it: a file to which each attempt adds a line, with one write.
/// A kill may cut it off (the kernel writes page by page): so a line begins on one of its own, and
/// a dot ends it.
class effect_ledger {
 public:
  explicit effect_ledger(const std::string& path);
  ~effect_ledger();
  effect_ledger(const effect_ledger&) = delete;
  effect_ledger& operator=(const effect_ledger&) = delete;

  /// Adds "sort key attempt label nonce time ." and returns the nonce, which no other attempt has.
  std::string add(std::string_view sort, const step_context& attempt, const std::string& label);

 private:
  const int file_;
  const std::int64_t opened_;  ///< tells the processes apart, whose ids may come again
  std::atomic<unsigned> last_ = 0;
};

}  // namespace perdure::testing
