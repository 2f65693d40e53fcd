#include "proto/plugin/comments.hpp"

#include <string_view>

namespace perdure::plugin {

std::vector<std::string> comment_lines(const google::protobuf::SourceLocation& location) {
  std::string_view text = location.leading_comments;
  if (text.empty()) text = location.trailing_comments;
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.starts_with(' ')) line.remove_prefix(1);
    // A backslash at the end would draw the next line of code into the comment.
    line = line.substr(0, line.find_last_not_of(" \t\r\\") + 1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace perdure::plugin
