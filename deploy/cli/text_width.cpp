#include "deploy/cli/text_width.hpp"

#include <algorithm>

namespace perdure::deploy {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::string without_controls(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return result;
}

}  // namespace

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

std::string fitted(std::string_view text, std::size_t columns) {
  auto line = without_controls(text);
  if (text_width(line) <= columns) return line;
  if (columns == 0) return {};
  std::size_t end = 0;
  for (std::size_t characters = 0; end < line.size(); ++end) {
    if (starts_character(line[end]) && characters++ == columns - 1) break;
  }
  line.resize(end);
  while (line.ends_with(' ')) line.pop_back();
  return line + "…";
}

}  // namespace perdure::deploy
