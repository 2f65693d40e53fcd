#pragma once

#include <map>
#include <vector>

#include "runtime/command.hpp"

namespace perdure::runtime {

/// The retry policies of open steps, each kept once while a step has it: code may compute them, so
/// that there is no end of different ones.
class policy_table {
 public:
  /// The place of that policy, for one more step.
  std::uint32_t take(const retry_policy& policy) {
    const auto [found, fresh] = places_.try_emplace(policy, 0);
    if (fresh) {
      if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(used_.size()));
        used_.emplace_back();
      }
      found->second = free_.back();
      free_.pop_back();
      used_[found->second].policy = &found->first;
    }
    ++used_[found->second].steps;
    return found->second;
  }

  void give_back(std::uint32_t place) {
    if (--used_[place].steps != 0) return;
    places_.erase(places_.find(*used_[place].policy));
    used_[place].policy = nullptr;
    free_.push_back(place);
  }

  const retry_policy& at(std::uint32_t place) const { return *used_[place].policy; }
  std::size_t size() const { return places_.size(); }

 private:
  struct entry {
    const retry_policy* policy = nullptr;  ///< the key in `places_`
    std::uint32_t steps = 0;
  };
  std::map<retry_policy, std::uint32_t> places_;
  std::vector<entry> used_;
  std::vector<std::uint32_t> free_;
};

}  // namespace perdure::runtime
