#include "tests/world/document.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace perdure::testing {
namespace {

constexpr std::size_t bytes_per_line = 16;

std::string source_directory() {
  const char* given = std::getenv("PERDURE_SOURCE_DIR");
  return given != nullptr ? given : ".";
}

bool is_shown(std::string_view line) { return line.size() > 58 && line.substr(8, 2) == ": "; }

std::string bytes_of(const std::string& line) {
  std::istringstream numbers(line.substr(10, 3 * bytes_per_line));
  std::string bytes;
  for (int number = 0; numbers >> std::hex >> number;) bytes.push_back(static_cast<char>(number));
  return bytes;
}

}  // namespace

std::string shown_bytes(const std::string& document, std::string_view first_line) {
  std::ifstream lines(source_directory() + "/docs/formats/" + document);
  std::string bytes;
  std::size_t begin = 0;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    " + std::string(first_line))) {
      inside = true;
      begin = std::stoul(line.substr(4, 4), nullptr, 16);
    }
    if (!inside) continue;
    if (!is_shown(line)) break;
    bytes.resize(std::stoul(line.substr(4, 4), nullptr, 16) - begin, '\0');
    bytes += bytes_of(line);
  }
  return bytes;
}

}  // namespace perdure::testing
