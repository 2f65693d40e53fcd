#pragma once

#include <algorithm>
#include <variant>

#include "runtime/action.hpp"

namespace perdure::runtime {

/// Whether the record that did this took effect: then a copy of it changes nothing (DESIGN 2.1).
/// A void or refused one is judged again at each place.
inline bool took_effect(const actions& did) {
  return std::ranges::any_of(did, [](const action& what) {
    if (std::get_if<ignored>(&what) || std::get_if<turn_void>(&what)) return false;
    const auto* answer = std::get_if<answered>(&what);
    return answer == nullptr || !(answer->duplicate || answer->result == request_outcome::too_late);
  });
}

}  // namespace perdure::runtime
