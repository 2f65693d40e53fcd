#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace perdure::testing {

/// One line of the effect ledger: an attempt that did its work.
struct ledger_line {
  std::string sort, key;
  std::uint32_t attempt = 0;
  std::string label, nonce;
  std::int64_t time_us = 0;
};

/// One node repeats an attempt only after it was killed. In a cluster another also does when the
/// first seems to be dead, and the first may wake up and write its line late.
enum class nodes : std::uint8_t { one, several };

/// The ledger as it stands, and what must be true of it whatever was killed.
class ledger {
 public:
  static ledger read(const std::string& path);

  const std::vector<ledger_line>& lines() const { return lines_; }
  bool has_label(const std::string& label) const { return nonces_.contains(label); }
  bool has_nonce(const std::string& label, const std::string& nonce) const;
  /// Attempts that were repeated.
  std::size_t repeated() const { return repeated_; }

  /// Each sentence is a broken promise: no more lines cut off than there were kills; one key per
  /// step and one step per key; payments once; no attempt twice; on one node, none later than the
  /// next, and an attempt is repeated only if a kill lies between (`kills_us`, sorted).
  std::vector<std::string> problems(const std::vector<std::int64_t>& kills_us,
                                    nodes writers = nodes::one);

 private:
  std::vector<ledger_line> lines_;
  std::vector<std::string> problems_;
  std::vector<std::string> cut_off_;  ///< lines of attempts that a kill met while they wrote
  std::map<std::string, std::set<std::string>> nonces_;  ///< by label
  std::size_t repeated_ = 0;
};

}  // namespace perdure::testing
