#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <ranges>
#include <vector>

#include "runtime/author/combinators.hpp"
#include "runtime/author/task.hpp"

namespace perdure {

class context;

namespace detail {

/// The items by value: the coroutine outlives what they came from.
template <class Range>
auto to_items(Range&& range) {
  using item = std::ranges::range_value_t<Range>;
  if constexpr (std::same_as<std::remove_cvref_t<Range>, std::vector<item>>) {
    return std::vector<item>(std::forward<Range>(range));
  } else {
    std::vector<item> items;
    for (auto&& one : range) {
      items.emplace_back(std::forward<decltype(one)>(one));
    }
    return items;
  }
}

/// The items under way of a for_each: awaited again and again while others join.
class rolling_wait {
 public:
  using durable = void;
  explicit rolling_wait(std::size_t items)
      : wait_(0, wait::on_failure::stop, wait::use::rolling), members_(items) {}

  void add(std::size_t index, counted_ptr<future> on) {
    members_[index].on = std::move(on);
    wait_.add(members_[index], members_.data());
  }
  std::size_t settled() const { return wait_.settled(); }
  bool has_failed() const { return wait_.first_failed() != wait::none; }
  future& at(std::size_t index) const { return *members_[index].on; }

  /// Awaited until `total` have settled, or one failed.
  rolling_wait& until(std::size_t total) {
    wait_.expect(total);
    return *this;
  }
  bool await_ready() const { return wait_.is_enough(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> by) {
    return wait_.suspend(by.promise());
  }
  void await_resume() const {
    if (wait_.interrupted()) {
      throw *wait_.interrupted();
    }
    if (wait_.first_failed() != wait::none) {
      throw at(wait_.first_failed()).why();
    }
  }

 private:
  wait wait_;
  std::vector<waiter> members_;
};

/// `keeps`: a lambda whose coroutine is still under way when for_each has failed must live on.
template <class T>
counted_ptr<future> begin_item(run_core&, pending<T> given, const std::shared_ptr<const void>&) {
  return given.share();
}
template <class T>
counted_ptr<future> begin_item(run_core& core, task<T> given,
                               const std::shared_ptr<const void>& keeps) {
  return spawn_future(core, std::move(given), keeps);
}

template <class R>
using results_of = std::conditional_t<std::is_void_v<R>, void, std::vector<stored<R>>>;

template <class R, class Item, class F>
task<results_of<R>> for_each_task(context& ctx, run_core& core, std::vector<Item> items,
                                  std::size_t limit, F given) {
  const auto f = std::make_shared<F>(std::move(given));
  rolling_wait under_way(items.size());
  std::size_t begun = 0;
  while (begun < items.size()) {
    while (begun < items.size() && begun - under_way.settled() < limit && !under_way.has_failed()) {
      under_way.add(begun, begin_item(core, std::invoke(*f, ctx, std::move(items[begun])), f));
      ++begun;
    }
    co_await under_way.until(begun == items.size() ? begun : under_way.settled() + 1);
  }
  if constexpr (!std::is_void_v<R>) {
    std::vector<R> results;
    results.reserve(begun);
    for (std::size_t i = 0; i < begun; ++i) {
      results.push_back(value_of<R>(under_way.at(i), access::take));
    }
    co_return results;
  }
}

template <class Item, class F>
auto for_each(context& ctx, run_core& core, std::vector<Item> items, std::size_t limit, F f) {
  using given = std::invoke_result_t<F&, context&, Item>;
  static_assert(
      requires(given g) { typename given::value_type; },
      "for_each needs a function that returns a pending or a task");
  return for_each_task<typename given::value_type>(ctx, core, std::move(items),
                                                   limit == 0 ? 1 : limit, std::move(f));
}

}  // namespace detail
}  // namespace perdure
