#pragma once

// The parts of task.hpp that need to know the run.

#include "runtime/author/run_core.hpp"
#include "runtime/author/task.hpp"

namespace perdure {

template <class T>
task<T> detail::task_promise<T>::get_return_object() noexcept {
  return task<T>(this);
}

template <class T>
void detail::task_promise<T>::deliver() noexcept {
  const auto keep = std::move(this->gives_to);
  auto& to = static_cast<task_future<T>&>(*keep);
  try {
    if (this->result().error) {
      this->result().take();
    }
    to.value = std::move(this->result().value);
    this->core->settle(to, outcome::ok, {});
  } catch (const failure& why) {
    this->core->settle(to, why);
  } catch (...) {
    this->core->fail_activation("a spawned task threw ");
  }
}

template <class T>
typename task<T>::promise_type* task<T>::release() {
  if (promise_ == nullptr) {
    detail::throw_used_twice("a task was awaited or spawned twice");
  }
  return std::exchange(promise_, nullptr);
}

}  // namespace perdure
