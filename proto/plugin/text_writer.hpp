#pragma once

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace perdure::plugin {

/// Builds a source file line by line.
class text_writer {
 public:
  /// One line at the current depth. C++'s own braces are doubled, as fmt has it.
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_.append(depth_, ' ');
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  void blank() { text_ += '\n'; }
  /// Each line behind "///".
  void comment(const std::vector<std::string>& lines) {
    for (const auto& text : lines) line("///{}{}", text.empty() ? "" : " ", text);
  }
  void indent() { depth_ += width; }
  void outdent() { depth_ -= width; }

  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t width = 2;

  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace perdure::plugin
