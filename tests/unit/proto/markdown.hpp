#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace perdure::plugin {

/// The blocks of code in one language that a page shows, in its order.
inline std::vector<std::string> code_blocks(const std::string& page, const std::string& language) {
  std::vector<std::string> found;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      found.back() += line + "\n";
    } else if (line == "```" + language) {
      inside = true;
      found.emplace_back();
    }
  }
  return found;
}

}  // namespace perdure::plugin
