#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "transport/file_system.hpp"

namespace perdure::transport {

/// A disk in memory that knows which sectors were written but not synced, so that a test can pull
/// the plug and choose what of them survives. One thread, but for what the log itself does from
/// several.
class memory_disk : public file_system {
 public:
  static constexpr std::uint64_t sector_bytes = 512;

  /// A sector that may or may not survive the loss of power.
  struct unsynced {
    std::string path;
    std::uint64_t sector;
    auto operator<=>(const unsynced&) const = default;
  };

  memory_disk();
  ~memory_disk() override;

  /// What is at stake now, sorted.
  std::vector<unsynced> at_stake() const;
  /// The disk as it comes up after a loss of power in which of the unsynced sectors those survive
  /// for which `survives` says so. Names: with all renames done, or as of the last directory sync.
  enum class names { as_synced, as_seen };
  std::unique_ptr<memory_disk> after_power_loss(
      names which, const std::function<bool(const unsynced&)>& survives) const;
  /// The disk as another process finds it when this one was killed.
  std::unique_ptr<memory_disk> after_kill() const;
  /// What a failed fdatasync does on Linux: unsynced sectors count as clean and stay in memory,
  /// until the plug is pulled.
  void forget_unsynced(const std::string& path);

  std::string contents(const std::string& path) const;
  /// Of all files, as processes see them.
  std::map<std::string, std::string> contents() const;
  void set_contents(const std::string& path, std::string bytes);
  bool exists(const std::string& path) const;
  /// Who holds a lock according to the next refusal.
  static constexpr int holder_process = 4711;

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

  /// How much is free there; empty: more than anybody can need.
  std::function<runtime::expected<std::uint64_t>(const std::string&)> free_space;

  struct node;
  struct state;

 private:
  std::shared_ptr<state> state_;
};

}  // namespace perdure::transport
