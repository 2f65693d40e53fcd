#pragma once

#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime/author/codec.hpp"
#include "runtime/author/step.hpp"

namespace perdure::detail {

/// A step with its arguments encoded and its options put together.
struct step_request {
  std::string_view name;  // of a perdure::step: a literal
  payload arguments;
  step_options options;

  /// `given`: the arguments, then any options.
  template <class R, class... A, class... Given>
    requires(sizeof...(Given) >= sizeof...(A))
  static step_request make(const step<R(A...)>& which, Given&&... given) {
    auto all = std::forward_as_tuple(std::forward<Given>(given)...);
    auto options = which.defaults();
    apply_options<sizeof...(A)>(options, all,
                                std::make_index_sequence<sizeof...(Given) - sizeof...(A)>());
    return {which.name(), encode_first<std::decay_t<A>...>(all, std::index_sequence_for<A...>()),
            options};
  }

 private:
  template <std::size_t First, class Tuple, std::size_t... I>
  static void apply_options(step_options& options, Tuple& all, std::index_sequence<I...>) {
    (std::get<First + I>(all).apply(options), ...);
  }
  template <class... A, class Tuple, std::size_t... I>
  static payload encode_first(Tuple& all, std::index_sequence<I...>) {
    return encode_arguments<A...>(
        std::forward<std::tuple_element_t<I, Tuple>>(std::get<I>(all))...);
  }
};

}  // namespace perdure::detail
