#include "examples/licence_audit/plain_words.hpp"

#include <algorithm>

#include "examples/licence_audit/characters.hpp"

namespace licence_audit {
namespace {

/// Where the word goes on that a hyphen at `at` interrupts, or npos. Over a line end only
/// decoration may stand between.
std::size_t joined_by_hyphen(std::string_view text, std::size_t at) {
  if (at == 0 || !is_word(text[at - 1])) return std::string_view::npos;
  auto next = at + 1;
  if (next < text.size() && (text[next] == '\n' || text[next] == '\r')) {
    next = text.find_first_not_of("\r\n\t *#;%/.", next);
  }
  return next < text.size() && is_word(text[next]) ? next : std::string_view::npos;
}

}  // namespace

plain_words::plain_words(std::string_view text, std::size_t first_line) {
  text_.reserve(text.size() + 2);
  auto line = first_line;
  auto space = [this] {
    if (text_.back() != ' ') text_.push_back(' ');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_word(c)) {
      if (lines_.empty() || lines_.back().line != line) lines_.push_back({text_.size(), line});
      text_.push_back(lower(c));
    } else if (c == '-') {
      const auto next = joined_by_hyphen(text, i);
      if (next == std::string_view::npos) {
        space();
      } else {
        line += static_cast<std::size_t>(
            std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                       text.begin() + static_cast<std::ptrdiff_t>(next), '\n'));
        i = next - 1;
      }
    } else if (c == '.' && i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) &&
               is_digit(text[i + 1])) {
      text_.push_back('.');
    } else if (c == '+' && i > 0 && is_word(text[i - 1])) {
      text_.push_back('+');
    } else {
      if (c == '\n') ++line;
      space();
    }
  }
  space();
}

std::size_t plain_words::line_at(std::size_t position) const {
  auto after =
      std::upper_bound(lines_.begin(), lines_.end(), position,
                       [](std::size_t at, const line_start& l) { return at < l.position; });
  return after == lines_.begin() ? (lines_.empty() ? 0 : lines_.front().line)
                                 : std::prev(after)->line;
}

}  // namespace licence_audit
