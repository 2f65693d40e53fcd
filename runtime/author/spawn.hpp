#pragma once

#include "runtime/author/pending.hpp"
#include "runtime/author/task.hpp"

namespace perdure::detail {

template <class T>
counted_ptr<future> spawn_future(run_core& core, task<T> body,
                                 std::shared_ptr<const void> keeps = {}) {
  auto* promise = body.release();
  auto result = core.make_task_future<T>();
  promise->gives_to = result;
  promise->keeps = std::move(keeps);
  core.spawn(*promise);
  return result;
}

template <class T>
pending<T> spawn(run_core& core, task<T> body) {
  return pending<T>(spawn_future(core, std::move(body)));
}

/// The same task, to be run in `scope`.
template <class T>
task<T> within(counted_ptr<scope> scope, task<T> body) {
  auto* promise = body.release();
  promise->in = std::move(scope);
  return promise->get_return_object();
}

}  // namespace perdure::detail
