#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace licence_audit {

/// A folder that goes when it does.
class temporary_folder {
 public:
  temporary_folder() {
    auto name = (std::filesystem::temp_directory_path() / "licence_audit_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  std::string path(std::string_view below = "") const { return (path_ / below).string(); }

  void write(std::string_view below, std::string_view bytes) const {
    std::filesystem::create_directories((path_ / below).parent_path());
    std::ofstream(path_ / below, std::ios::binary) << bytes;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace licence_audit
