#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/decoded_record.hpp"
#include "runtime/state.hpp"

namespace perdure::testing {

/// Folds the log as a node does, and counts for itself: what became of a step, timer or call of a
/// run (a call begins and ends) was consumed once.
class folded_log {
 public:
  /// REQUIRES: the records of a partition come in their order.
  void read(runtime::partition_index partition, const runtime::decoded_record& record,
            std::vector<std::string>& problems);

  std::size_t consumed() const { return consumed_.size(); }
  std::size_t claims() const { return claims_; }  ///< that counted
  std::size_t void_turns() const { return void_turns_; }
  const std::map<runtime::partition_index, std::unique_ptr<runtime::state>>& states() const {
    return states_;
  }

 private:
  std::map<runtime::partition_index, std::unique_ptr<runtime::state>> states_;
  std::set<
      std::tuple<runtime::partition_index, runtime::run_key, std::uint32_t, runtime::item_kind>>
      consumed_;
  std::size_t claims_ = 0, void_turns_ = 0;
  runtime::actions actions_;
};

}  // namespace perdure::testing
