#include "runtime/author/wait.hpp"

#include <algorithm>
#include <stdexcept>

#include "runtime/author/coroutine.hpp"
#include "runtime/author/run_core.hpp"

namespace perdure::detail {

void wait::add(waiter& member, const waiter* all) {
  if (!member.on) {
    throw std::logic_error("co_await of a pending that is empty: it was moved from");
  }
  member.of = this;
  members_ = all;
  if (member.on->is_settled()) {
    count(member);
  } else {
    member.on->waiters.push_back(member);
    open_.push_back(member);
  }
}

bool wait::is_enough() const {
  return settled_ >= need_ || (reaction_ == on_failure::stop && first_failed_ != none);
}

void wait::count(waiter& member) {
  ++settled_;
  const auto index = static_cast<std::size_t>(&member - members_);
  if (first_settled_ == none) {
    first_settled_ = index;
  }
  if (first_failed_ == none && !member.on->is_ok()) {
    first_failed_ = index;
  }
}

bool wait::suspend(coroutine_base& owner) {
  for (auto& member : open_) {
    if (member.on->core != owner.core) {
      throw std::logic_error("co_await of something that another run asked for");
    }
  }
  if (is_enough()) {
    return false;
  }
  if (const auto* cancelled = owner.in->cancelled();
      cancelled != nullptr && !awaits_task_within(*cancelled)) {
    interrupted_ = cancelled->why();
    return false;
  }
  owner_ = &owner;
  owner.core->add_wait(*this);
  return true;
}

void wait::member_settled(waiter& member) {
  static_cast<linked<waiter>&>(member).unlink();
  static_cast<linked<waiter, open_member>&>(member).unlink();
  count(member);
  if (owner_ == nullptr) {
    return;
  }
  const auto* cancelled = owner_->in->cancelled();
  if (cancelled == nullptr || owner_->core->is_cancelling()) {
    if (is_enough() && (cancelled == nullptr || !awaits_task_within(*cancelled))) {
      wake();
    }
  } else {
    scope_cancelled(*cancelled);
  }
}

void wait::scope_cancelled(const scope& cancelled) {
  // A task of the same scope was cancelled too and will end: whoever awaits it waits for its
  // clean-up.
  if (!owner_->in->is_within(cancelled) || awaits_task_within(cancelled)) {
    return;
  }
  if (!is_enough()) {
    interrupted_ = cancelled.why();
  }
  wake();
}

bool wait::awaits_task_within(const scope& cancelled) {
  for (auto& member : open_) {
    if (member.on->kind == future::sort::task && member.on->runs_in->is_within(cancelled)) {
      return true;
    }
  }
  return false;
}

void wait::wake() {
  linked<wait>::unlink();
  if (kind_ == use::once) {
    while (!open_.empty()) {
      auto& member = open_.front();
      static_cast<linked<waiter>&>(member).unlink();
      static_cast<linked<waiter, open_member>&>(member).unlink();
    }
  }
  std::exchange(owner_, nullptr)->make_ready();
}

void wait::describe(runtime::turn_result& to) {
  runtime::wait_group group;
  std::size_t others = 0;  // woken by other groups or by a signal
  for (auto& member : open_) {
    if (member.on->number) {
      group.things.push_back(member.on->number);
    } else {
      ++others;
    }
    to.waits_for_signal |= member.on->kind == future::sort::signal;
  }
  if (group.things.empty()) {
    return;
  }
  const auto missing = need_ - settled_;
  const auto need = missing > others ? missing - others : 1;
  group.need = static_cast<std::uint32_t>(std::min(need, group.things.size()));
  to.waits.push_back(std::move(group));
}

}  // namespace perdure::detail
