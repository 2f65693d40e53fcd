#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/error.hpp"

namespace perdure::transport {

/// An open file. All its functions may be called from several threads at once.
class file {
 public:
  explicit file(std::string path) : path_(std::move(path)) {}
  virtual ~file() = default;
  file(const file&) = delete;
  file& operator=(const file&) = delete;

  const std::string& path() const { return path_; }

  /// Writes all of `bytes` at `position`. On an error any part of them may have been written.
  runtime::expected<void> write(std::uint64_t position, std::string_view bytes);
  /// Fills `into` from `position`; returns less than its size only where the file ends.
  runtime::expected<std::size_t> read(std::uint64_t position, std::span<char> into);

  /// As pwrite and pread: at least one byte, perhaps not all; reading 0 means the end.
  virtual runtime::expected<std::size_t> write_some(std::uint64_t position,
                                                    std::string_view bytes) = 0;
  virtual runtime::expected<std::size_t> read_some(std::uint64_t position,
                                                   std::span<char> into) = 0;
  /// Returns when what was written is on the disk (fdatasync). After an error nobody knows what is,
  /// and a second call may claim success for bytes that are lost: never call it again.
  virtual runtime::expected<void> sync() = 0;
  /// Reserves disk space for the first `bytes` bytes and makes the file at least that long.
  virtual runtime::expected<void> allocate(std::uint64_t bytes) = 0;
  virtual runtime::expected<std::uint64_t> size() = 0;

 private:
  std::string path_;
};

/// The first 4,096 bytes of a file as memory: what is stored there survives the process at once,
/// and the machine after `sync`.
class mapped_page {
 public:
  static constexpr std::size_t page_bytes = 4096;
  virtual ~mapped_page() = default;
  virtual std::span<char, page_bytes> bytes() = 0;
  virtual runtime::expected<void> sync() = 0;
};

/// Holds a directory for this process until it is destroyed or the process ends, however it ends.
class directory_lock {
 public:
  virtual ~directory_lock() = default;
};

enum class open_mode {
  read,    ///< the file must be there
  write,   ///< the file must be there; reads too
  create,  ///< makes it, or empties what is there; reads too
};

enum class lock_mode {
  exclusive,  ///< makes the lock file if need be and writes this process' id into it
  shared,     ///< changes nothing on the disk
};

/// What the log needs of a file system. The log never calls the system itself: tests pass one that
/// fails, and the simulator one that forgets. Paths are as the process sees them.
class file_system {
 public:
  virtual ~file_system() = default;
  virtual runtime::expected<std::unique_ptr<file>> open(const std::string& path,
                                                        open_mode mode) = 0;
  /// The file must be there and hold a page.
  virtual runtime::expected<std::unique_ptr<mapped_page>> map_page(const std::string& path) = 0;
  /// `errc::locked` if another holds it, with that one's process id in its text where it is known.
  virtual runtime::expected<std::unique_ptr<directory_lock>> lock(const std::string& path,
                                                                  lock_mode mode) = 0;
  /// The names in a directory, sorted. `errc::not_found` if there is no such directory.
  virtual runtime::expected<std::vector<std::string>> list(const std::string& directory) = 0;
  /// With its parents; durable on return, also if it is there.
  virtual runtime::expected<void> make_directory(const std::string& path) = 0;
  /// Replaces `target` if it is there. Durable after `sync_directory`.
  virtual runtime::expected<void> rename(const std::string& source, const std::string& target) = 0;
  virtual runtime::expected<void> remove(const std::string& path) = 0;
  virtual runtime::expected<void> sync_directory(const std::string& path) = 0;
  /// What this process may still write to the disk that holds `path`.
  virtual runtime::expected<std::uint64_t> free_bytes(const std::string& path) = 0;
};

}  // namespace perdure::transport
