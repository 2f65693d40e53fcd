#include "runtime/simulation.hpp"

#ifdef PERDURE_SIMULATION

#include <algorithm>
#include <tuple>
#include <vector>

#include "runtime/command.hpp"

namespace perdure::runtime::simulation {
namespace {

/// Complete when `main` begins.
std::vector<mark*>& registered() {
  static std::vector<mark*> marks;
  return marks;
}

}  // namespace

mark::mark(mark_kind kind, std::string_view name) : kind_(kind), name_(name) {
  registered().push_back(this);
}

bool mark::is_rare_now() {
  if (!on_) return false;
  dice_ = hash_bytes(name_, dice_).value;
  const bool now = dice_ % 4 == 0;
  visits_ += now ? 1 : 0;
  return now;
}

std::span<mark* const> all_marks() {
  auto& marks = registered();
  const auto order = [](const mark* one) { return std::tuple(one->kind(), one->name()); };
  if (!std::ranges::is_sorted(marks, {}, order)) std::ranges::sort(marks, {}, order);
  return marks;
}

void begin_world(std::uint64_t seed, std::string_view mutant) {
  for (auto* one : registered()) {
    one->visits_ = 0;
    one->dice_ = hash_bytes(one->name_, seed).value;
    one->on_ = one->kind_ == mark_kind::mutant
                   ? one->name_ == mutant
                   : one->kind_ == mark_kind::buggify && one->dice_ % 4 == 0;
  }
}

}  // namespace perdure::runtime::simulation

#endif
