#include "runtime/author/scope.hpp"

namespace perdure::detail {

scope::~scope() {
  // One after the other instead of nested: tasks that spawn tasks make long chains of scopes.
  auto next = std::move(outer_);
  while (next && next.alone()) {
    auto further = std::move(next->outer_);
    next = std::move(further);
  }
}

const scope* scope::cancelled() const {
  for (const auto* at = this; at != nullptr; at = at->outer_.get()) {
    if (at->why_) {
      return at;
    }
    if (at->border_ == border::shielded) {
      return nullptr;
    }
  }
  return nullptr;
}

bool scope::is_within(const scope& other) const {
  for (const auto* at = this; at != nullptr; at = at->outer_.get()) {
    if (at == &other) {
      return true;
    }
    if (at->border_ == border::shielded) {
      return false;
    }
  }
  return false;
}

}  // namespace perdure::detail
