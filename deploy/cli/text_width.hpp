#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace perdure::deploy {

/// How many columns a UTF-8 text takes on a terminal, one for each character.
std::size_t text_width(std::string_view text);

/// The text in at most `columns` columns, ending in "…" if something had to go. On one line:
/// control characters become spaces, so that nothing in a value can command the terminal.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace perdure::deploy
