#pragma once

#include <cstddef>
#include <string>

#include "deploy/cli/words.hpp"

namespace perdure::deploy {

/// How much of a value a story shows.
enum class value_length : std::uint8_t { one_line, whole };

/// A run's history as a person reads it: one sentence for each event, with what was given and given
/// back, how long it took, which attempt it was and which build ran. Lines are at most `width`
/// columns; 0: as long as they get.
std::string tell_story(const json& events, std::size_t width, value_length values);

}  // namespace perdure::deploy
