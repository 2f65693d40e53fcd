#pragma once

#include <map>
#include <set>
#include <string>

#include "runtime/author/step_context.hpp"

namespace perdure::sim {

/// What steps did in the world. It stays when nodes end, as the world does.
class ledger {
 public:
  struct entry {
    std::size_t attempts = 0;    ///< that did it
    std::set<std::string> keys;  ///< for a world that honours idempotency keys
  };

  /// An attempt does it. How many have so far, this one included.
  std::size_t write(const step_context& by, const std::string& what) {
    auto& done = entries_[what];
    done.keys.emplace(by.idempotency_key());
    return ++done.attempts;
  }
  entry of(const std::string& what) const {
    const auto found = entries_.find(what);
    return found == entries_.end() ? entry{} : found->second;
  }

 private:
  std::map<std::string, entry> entries_;
};

}  // namespace perdure::sim
