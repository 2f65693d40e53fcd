#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace licence_audit {

/// A text as phrases are looked for in it: lower-case words between single spaces.
///
/// Licences are copied with other line breaks, quotes, comment marks, bullets and hyphenation
/// ("fur-\n * nished"). None of these survives here: letters and digits remain, a point between
/// digits ("2.1"), and a plus after a word ("GPL-2+" is "gpl2+"). A hyphen within a word joins it
/// ("non-infringement", "noninfringement").
class plain_words {
 public:
  /// `first_line`: the line of the file on which `text` starts.
  explicit plain_words(std::string_view text, std::size_t first_line = 1);

  /// Starts and ends with a space, so that " word " finds whole words.
  std::string_view text() const { return text_; }

  /// The line of the file on which the word at `position` of text() starts.
  std::size_t line_at(std::size_t position) const;

  bool empty() const { return text_.size() <= 1; }

 private:
  struct line_start {
    std::size_t position;
    std::size_t line;
  };
  std::string text_ = " ";
  std::vector<line_start> lines_;
};

}  // namespace licence_audit
