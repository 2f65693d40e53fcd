#pragma once

#include "transport/file_system.hpp"

namespace perdure::transport {

/// The machine's own files. Locks are `flock`: they end with the process, and also exclude a second
/// log in the same process.
class posix_file_system : public file_system {
 public:
  runtime::expected<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override;
  runtime::expected<std::unique_ptr<mapped_page>> map_page(const std::string& path) override;
  runtime::expected<std::unique_ptr<directory_lock>> lock(const std::string& path,
                                                          lock_mode mode) override;
  runtime::expected<std::vector<std::string>> list(const std::string& directory) override;
  runtime::expected<void> make_directory(const std::string& path) override;
  runtime::expected<void> rename(const std::string& source, const std::string& target) override;
  runtime::expected<void> remove(const std::string& path) override;
  runtime::expected<void> sync_directory(const std::string& path) override;
  runtime::expected<std::uint64_t> free_bytes(const std::string& path) override;
};

}  // namespace perdure::transport
