#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace perdure::plugin {

/// Where the sources are that a test reads.
inline std::filesystem::path checkout() {
  const char* path = std::getenv("PERDURE_SOURCE_DIR");
  if (!path) throw std::runtime_error("PERDURE_SOURCE_DIR must name the checkout");
  return path;
}

/// A file of the checkout as text; empty if there is none.
inline std::string read_checkout(const std::filesystem::path& path) {
  std::ifstream file(checkout() / path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace perdure::plugin
