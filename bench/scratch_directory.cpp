#include "bench/scratch_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace perdure::bench {

scratch_directory::scratch_directory() {
  path_ = (std::filesystem::current_path() / "bench-data-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr)
    throw std::runtime_error("cannot make a directory beside this one");
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace perdure::bench
