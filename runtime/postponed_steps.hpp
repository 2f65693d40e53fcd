#pragma once

#include <list>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "runtime/ids.hpp"

namespace perdure::runtime {

/// Steps that may start as soon as others have ended. Runs take turns, in the order in which they
/// came to wait: however many steps one has here, another's first waits for one of them. Of a run
/// the step with the lowest number goes first.
class postponed_steps {
 public:
  /// Nothing if it waits already.
  void add(run_key run, thing_number step);
  /// Nothing if it does not wait.
  void erase(run_key run, thing_number step);
  void erase(run_key run);
  /// The next, which waits no longer; nullopt if none does.
  std::optional<std::pair<run_key, thing_number>> take();
  void clear();

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t count(run_key run) const;

 private:
  struct line {
    std::set<thing_number> steps;  ///< never empty
    std::list<run_key>::iterator place;
  };

  using lines = std::unordered_map<run_key, line>;

  void drop(lines::iterator which);

  lines lines_;
  std::list<run_key> turns_;  ///< who is next
  std::size_t size_ = 0;
};

}  // namespace perdure::runtime
