#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace perdure::transport {

/// The names of a log directory's files: docs/formats/data_directory.md. On disk: never change.
class log_directory {
 public:
  explicit log_directory(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string lock() const { return path_ + "/lock"; }
  std::string identity() const { return path_ + "/identity"; }
  std::string mark() const { return path_ + "/mark"; }
  std::string segment(std::uint64_t ordinal) const;
  /// A file that is not yet what it will be renamed to; of no value after a crash.
  std::string unfinished(std::string_view what) const {
    return path_ + "/" + std::string(what) + ".unfinished";
  }

  static std::optional<std::uint64_t> segment_ordinal(std::string_view name);
  static bool is_unfinished(std::string_view name) { return name.ends_with(".unfinished"); }

 private:
  std::string path_;
};

}  // namespace perdure::transport
