#pragma once

#include <string>

namespace perdure::bench {

/// A directory of its own below the current one, hence on the disk that is measured; removed at the
/// end.
class scratch_directory {
 public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace perdure::bench
