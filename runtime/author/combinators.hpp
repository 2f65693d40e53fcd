#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/author/pending.hpp"
#include "runtime/author/spawn.hpp"

namespace perdure {

namespace detail {

/// What may be combined: a pending stays its owner's, a task is spawned.
template <class T>
counted_ptr<future> to_future(const pending<T>& given) {
  return given.share();
}
template <class T>
counted_ptr<future> to_future(task<T>&& given) {
  return spawn_future(running_core(), std::move(given));
}
/// A value that only the combination can see need not be copied.
inline access access_to(const waiter& member) {
  return member.on.alone() ? access::take : access::look;
}

template <class X>
using value_type_of = typename std::remove_cvref_t<X>::value_type;

/// Several futures awaited together. `Members` is an array or vector of waiters.
template <class Members>
class gathering {
 public:
  using durable = void;
  gathering(const gathering&) = delete;
  gathering& operator=(const gathering&) = delete;

  bool await_ready() const { return wait_.is_enough(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> by) {
    return wait_.suspend(by.promise());
  }

 protected:
  gathering(wait::on_failure reaction, std::size_t need) : wait_(need, reaction) {}
  void add(waiter& member, counted_ptr<future> on) {
    member.on = std::move(on);
    wait_.add(member, members_.data());
  }
  void rethrow_interruption() const {
    if (wait_.interrupted()) {
      throw *wait_.interrupted();
    }
  }
  void rethrow_first_failure() const {
    rethrow_interruption();
    if (wait_.first_failed() != wait::none) {
      throw members_[wait_.first_failed()].on->why();
    }
  }

  wait wait_;
  Members members_;
};

template <std::size_t N>
class gathered_pack : public gathering<std::array<waiter, N>> {
 protected:
  template <class... X>
  gathered_pack(wait::on_failure reaction, std::size_t need, X&&... given)
      : gathering<std::array<waiter, N>>(reaction, need) {
    std::size_t i = 0;
    (this->add(this->members_[i++], to_future(std::forward<X>(given))), ...);
  }
};

class gathered_vector : public gathering<std::vector<waiter>> {
 protected:
  template <class X>
  gathered_vector(wait::on_failure reaction, std::size_t need, std::vector<X>& given)
      : gathering(reaction, need) {
    members_ = std::vector<waiter>(given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      add(members_[i], to_future(std::move(given[i])));
    }
  }
};

template <class... T>
class all_of_pack : public gathered_pack<sizeof...(T)> {
 public:
  template <class... X>
  explicit all_of_pack(X&&... given)
      : gathered_pack<sizeof...(T)>(wait::on_failure::stop, sizeof...(T),
                                    std::forward<X>(given)...) {}
  std::tuple<stored<T>...> await_resume() {
    this->rethrow_first_failure();
    return take(std::index_sequence_for<T...>());
  }

 private:
  template <class U>
  static stored<U> one(waiter& member) {
    if constexpr (std::is_void_v<U>) {
      return {};
    } else {
      return value_of<U>(*member.on, access_to(member));
    }
  }
  template <std::size_t... I>
  std::tuple<stored<T>...> take(std::index_sequence<I...>) {
    return {one<T>(this->members_[I])...};
  }
};

template <class... T>
class all_settled_of_pack : public gathered_pack<sizeof...(T)> {
 public:
  template <class... X>
  explicit all_settled_of_pack(X&&... given)
      : gathered_pack<sizeof...(T)>(wait::on_failure::go_on, sizeof...(T),
                                    std::forward<X>(given)...) {}
  std::tuple<std::expected<T, failure>...> await_resume() {
    this->rethrow_interruption();
    return take(std::index_sequence_for<T...>());
  }

 private:
  template <std::size_t... I>
  std::tuple<std::expected<T, failure>...> take(std::index_sequence<I...>) {
    return {outcome_of<T>(*this->members_[I].on, access_to(this->members_[I]))...};
  }
};

template <class T>
class all_of_vector : public gathered_vector {
 public:
  template <class X>
  explicit all_of_vector(std::vector<X>& given)
      : gathered_vector(wait::on_failure::stop, given.size(), given) {}
  auto await_resume() {
    rethrow_first_failure();
    if constexpr (!std::is_void_v<T>) {
      std::vector<T> values;
      values.reserve(members_.size());
      for (auto& member : members_) {
        values.push_back(value_of<T>(*member.on, access_to(member)));
      }
      return values;
    }
  }
};

template <class T>
class all_settled_of_vector : public gathered_vector {
 public:
  template <class X>
  explicit all_settled_of_vector(std::vector<X>& given)
      : gathered_vector(wait::on_failure::go_on, given.size(), given) {}
  std::vector<std::expected<T, failure>> await_resume() {
    rethrow_interruption();
    std::vector<std::expected<T, failure>> outcomes;
    outcomes.reserve(members_.size());
    for (auto& member : members_) {
      outcomes.push_back(outcome_of<T>(*member.on, access_to(member)));
    }
    return outcomes;
  }
};

template <class Base>
class any_of : public Base {
 public:
  template <class... X>
  explicit any_of(X&&... given) : Base(wait::on_failure::go_on, 1, std::forward<X>(given)...) {}
  std::size_t await_resume() {
    this->rethrow_interruption();
    return this->wait_.first_settled();
  }
};

template <class X>
concept combinable = requires(X&& given) { to_future(std::forward<X>(given)); };

}  // namespace detail

/// All values as a tuple (std::monostate for void), or throws the first failure; the others go on
/// then. Pendings are only looked at and stay awaitable; tasks are spawned.
template <detail::combinable... X>
  requires(sizeof...(X) > 0)
auto all(X&&... given) {
  return detail::all_of_pack<detail::value_type_of<X>...>(std::forward<X>(given)...);
}
/// All values in order (nothing for void). An empty vector is settled at once.
template <class X>
  requires detail::combinable<X>
auto all(std::vector<X>& given) {
  return detail::all_of_vector<detail::value_type_of<X>>(given);
}
template <class X>
  requires detail::combinable<X>
auto all(std::vector<X>&& given) {
  return detail::all_of_vector<detail::value_type_of<X>>(given);
}

/// All outcomes, each a std::expected<T, failure>, once the last has settled.
template <detail::combinable... X>
  requires(sizeof...(X) > 0)
auto all_settled(X&&... given) {
  return detail::all_settled_of_pack<detail::value_type_of<X>...>(std::forward<X>(given)...);
}
template <class X>
  requires detail::combinable<X>
auto all_settled(std::vector<X>& given) {
  return detail::all_settled_of_vector<detail::value_type_of<X>>(given);
}
template <class X>
  requires detail::combinable<X>
auto all_settled(std::vector<X>&& given) {
  return detail::all_settled_of_vector<detail::value_type_of<X>>(given);
}

/// The index of the first that settled, well or not; await that one for its value. The others go
/// on: cancel them if nobody wants them any more.
template <detail::combinable... X>
  requires(sizeof...(X) > 0)
auto any(X&&... given) {
  return detail::any_of<detail::gathered_pack<sizeof...(X)>>(std::forward<X>(given)...);
}
template <class X>
  requires detail::combinable<X>
auto any(std::vector<X>& given) {
  if (given.empty()) {
    throw std::invalid_argument("any() of nothing would wait for ever");
  }
  return detail::any_of<detail::gathered_vector>(given);
}

}  // namespace perdure
