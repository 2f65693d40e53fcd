#include "runtime/postponed_steps.hpp"

namespace perdure::runtime {

void postponed_steps::add(run_key run, thing_number step) {
  const auto [found, fresh] = lines_.try_emplace(run);
  if (fresh) found->second.place = turns_.insert(turns_.end(), run);
  if (found->second.steps.insert(step).second) ++size_;
}

void postponed_steps::erase(run_key run, thing_number step) {
  const auto found = lines_.find(run);
  if (found == lines_.end() || found->second.steps.erase(step) == 0) return;
  --size_;
  if (found->second.steps.empty()) drop(found);
}

void postponed_steps::erase(run_key run) {
  const auto found = lines_.find(run);
  if (found == lines_.end()) return;
  size_ -= found->second.steps.size();
  drop(found);
}

void postponed_steps::drop(lines::iterator which) {
  turns_.erase(which->second.place);
  lines_.erase(which);
}

std::optional<std::pair<run_key, thing_number>> postponed_steps::take() {
  if (turns_.empty()) return std::nullopt;
  const auto run = turns_.front();
  const auto step = *lines_.at(run).steps.begin();
  turns_.splice(turns_.end(), turns_, turns_.begin());
  erase(run, step);
  return std::pair(run, step);
}

void postponed_steps::clear() {
  lines_.clear();
  turns_.clear();
  size_ = 0;
}

std::size_t postponed_steps::count(run_key run) const {
  const auto found = lines_.find(run);
  return found == lines_.end() ? 0 : found->second.steps.size();
}

}  // namespace perdure::runtime
