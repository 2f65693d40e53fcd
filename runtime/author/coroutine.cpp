#include "runtime/author/coroutine.hpp"

#include "runtime/author/run_core.hpp"

namespace perdure::detail {

std::coroutine_handle<> coroutine_base::start_under(coroutine_base& by, coroutine_base*& place) {
  core = by.core;
  if (!in) {
    in = by.in;
  }
  parent = &by;
  slot = &place;
  by.child = this;
  core->set_current(this);
  return handle;
}

void coroutine_base::make_ready() { core->make_ready(*this); }

std::coroutine_handle<> coroutine_base::ended() noexcept {
  if (parent == nullptr) {
    core->root_ended(*this);
    return std::noop_coroutine();
  }
  parent->child = nullptr;
  core->set_current(parent);
  return parent->handle;
}

void coroutine_base::destroy() {
  auto* innermost = this;
  while (innermost->child != nullptr) {
    innermost = innermost->child;
  }
  while (innermost != this) {
    auto* next = innermost->parent;
    next->child = nullptr;
    *innermost->slot = nullptr;
    innermost->handle.destroy();
    innermost = next;
  }
  handle.destroy();
}

}  // namespace perdure::detail
