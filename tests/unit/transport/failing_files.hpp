#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "transport/file_system.hpp"

namespace perdure::transport {

/// A file system that passes everything on and fails where it is told to. What only looks (opens
/// what is there, reads, lists, maps) counts and fails too, but not on a full disk: that can be
/// read like any other.
class failing_files final : public file_system {
 public:
  explicit failing_files(file_system& real) : real_(real) {}

  /// Which operations fail from the n-th on.
  enum class how_long { once, for_good };
  /// The n-th operation from now on (1: the next) fails. 0: none.
  void fail_at(std::size_t nth, runtime::errc code, how_long duration = how_long::for_good);
  /// Every write takes at most so many bytes at a time. 0: all.
  void shorten_writes(std::size_t bytes) { write_limit_ = bytes; }
  /// Called when a sync fails, with the path.
  void on_failed_sync(std::function<void(const std::string&)> hear) { hear_ = std::move(hear); }
  /// Called before each operation that changes the disk.
  void before_operation(std::function<void(const std::string&)> hear) { before_ = std::move(hear); }
  /// Called before each that only looks.
  void before_look(std::function<void(const std::string&)> hear) { before_look_ = std::move(hear); }
  /// Operations since the last `fail_at`, counted as its code wants it.
  std::size_t operations() const { return operations_; }
  /// Whether since then anything may have changed the names or bytes of files.
  bool changed() const { return changed_; }
  /// Files whose sync was asked for again after it had failed, without having been made anew.
  const std::set<std::string>& synced_again() const { return synced_again_; }
  const std::string& failed_operation() const { return failed_operation_; }
  const std::string& last_failed_operation() const { return last_failed_operation_; }

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

  /// Counts an operation that changes the disk; its error if it is to fail.
  runtime::expected<void> operation(const std::string& what);
  /// Counts one that changes nothing.
  runtime::expected<void> look(const std::string& what);
  void change();
  runtime::expected<void> sync_of(const std::string& path);
  void made_anew(const std::string& path);
  std::size_t write_limit() const { return write_limit_; }

 private:
  runtime::expected<void> count(const std::string& what);

  file_system& real_;
  std::recursive_mutex mutex_;  ///< a log's two threads come here
  std::size_t fail_at_ = 0;
  how_long duration_ = how_long::for_good;
  runtime::errc code_ = runtime::errc::io_failed;
  std::size_t operations_ = 0;
  bool changed_ = false;
  std::size_t write_limit_ = 0;
  std::set<std::string> sync_failed_;
  std::set<std::string> synced_again_;
  std::string failed_operation_;
  std::string last_failed_operation_;
  std::function<void(const std::string&)> hear_;
  std::function<void(const std::string&)> before_;
  std::function<void(const std::string&)> before_look_;
};

/// The ways in which a disk fails.
struct disk_fault {
  const char* name;
  runtime::errc code;
  failing_files::how_long duration;
};
inline constexpr disk_fault disk_faults[] = {
    {"disk_full_once", runtime::errc::no_space, failing_files::how_long::once},
    {"disk_full_for_good", runtime::errc::no_space, failing_files::how_long::for_good},
    {"disk_error_once", runtime::errc::io_failed, failing_files::how_long::once},
    {"disk_error_for_good", runtime::errc::io_failed, failing_files::how_long::for_good},
};

}  // namespace perdure::transport
