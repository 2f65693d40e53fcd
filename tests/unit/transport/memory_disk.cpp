#include "tests/unit/transport/memory_disk.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::transport {

using runtime::errc;
using runtime::expected;
using runtime::fail;

/// A file: what processes see, and what is on the disk.
struct memory_disk::node {
  std::string seen;
  std::string disk;
  std::set<std::uint64_t> dirty;  ///< sectors
  bool mapped = false;            ///< the first page may change without a call

  void write(std::uint64_t position, std::string_view bytes) {
    if (seen.size() < position + bytes.size()) seen.resize(position + bytes.size());
    std::ranges::copy(bytes, seen.begin() + static_cast<std::ptrdiff_t>(position));
    for (auto sector = position / sector_bytes; sector * sector_bytes < position + bytes.size();
         ++sector) {
      dirty.insert(sector);
    }
  }
  std::string sector(const std::string& from, std::uint64_t index) const {
    return index * sector_bytes < from.size() ? from.substr(index * sector_bytes, sector_bytes)
                                              : std::string();
  }
  std::set<std::uint64_t> unsynced() const {
    std::set<std::uint64_t> all = dirty;
    for (std::uint64_t i = 0; mapped && i < mapped_page::page_bytes / sector_bytes; ++i) {
      if (sector(seen, i) != sector(disk, i)) all.insert(i);
    }
    return all;
  }
  void put(std::uint64_t index) {
    if (disk.size() < seen.size()) disk.resize(seen.size());
    std::ranges::copy(sector(seen, index),
                      disk.begin() + static_cast<std::ptrdiff_t>(index * sector_bytes));
  }
  void sync() {
    for (auto index : unsynced()) put(index);
    disk.resize(seen.size());
    dirty.clear();
  }
};

struct memory_disk::state {
  std::recursive_mutex mutex;
  std::map<std::string, std::shared_ptr<node>> seen;
  std::map<std::string, std::shared_ptr<node>> disk;
  std::set<std::string> directories;
  std::set<std::string> locked;
};

namespace {

using node = memory_disk::node;
using state = memory_disk::state;

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

class memory_file final : public file {
 public:
  memory_file(std::string path, std::shared_ptr<state> all, std::shared_ptr<node> opened)
      : file(std::move(path)), all_(std::move(all)), node_(std::move(opened)) {}

  expected<std::size_t> write_some(std::uint64_t position, std::string_view bytes) override {
    std::scoped_lock lock(all_->mutex);
    node_->write(position, bytes);
    return bytes.size();
  }
  expected<std::size_t> read_some(std::uint64_t position, std::span<char> into) override {
    std::scoped_lock lock(all_->mutex);
    if (position >= node_->seen.size()) return 0;
    std::size_t count = std::min<std::size_t>(into.size(), node_->seen.size() - position);
    std::copy_n(node_->seen.begin() + static_cast<std::ptrdiff_t>(position), count, into.begin());
    return count;
  }
  expected<void> sync() override {
    std::scoped_lock lock(all_->mutex);
    node_->sync();
    return {};
  }
  expected<void> allocate(std::uint64_t bytes) override {
    std::scoped_lock lock(all_->mutex);
    if (node_->seen.size() < bytes) node_->seen.resize(bytes);
    return {};
  }
  expected<std::uint64_t> size() override {
    std::scoped_lock lock(all_->mutex);
    return node_->seen.size();
  }

 private:
  std::shared_ptr<state> all_;
  std::shared_ptr<node> node_;
};

class memory_page final : public mapped_page {
 public:
  memory_page(std::shared_ptr<state> all, std::shared_ptr<node> opened)
      : all_(std::move(all)), node_(std::move(opened)) {
    node_->mapped = true;
  }
  std::span<char, page_bytes> bytes() override {
    return std::span<char, page_bytes>(node_->seen.data(), page_bytes);
  }
  expected<void> sync() override {
    std::scoped_lock lock(all_->mutex);
    node_->sync();
    return {};
  }

 private:
  std::shared_ptr<state> all_;
  std::shared_ptr<node> node_;
};

class memory_lock final : public directory_lock {
 public:
  memory_lock(std::shared_ptr<state> all, std::string path)
      : all_(std::move(all)), path_(std::move(path)) {}
  ~memory_lock() override { all_->locked.erase(path_); }

 private:
  std::shared_ptr<state> all_;
  std::string path_;
};

std::unexpected<runtime::error> no_such(const std::string& path) {
  return fail(errc::not_found, fmt::format("{}: no such file", path));
}

}  // namespace

memory_disk::memory_disk() : state_(std::make_shared<state>()) {}
memory_disk::~memory_disk() = default;

std::vector<memory_disk::unsynced> memory_disk::at_stake() const {
  std::vector<unsynced> all;
  for (const auto& [path, held] : state_->seen) {
    for (auto sector : held->unsynced()) all.push_back({path, sector});
  }
  return all;
}

std::unique_ptr<memory_disk> memory_disk::after_power_loss(
    names which, const std::function<bool(const unsynced&)>& survives) const {
  auto after = std::make_unique<memory_disk>();
  after->state_->directories = state_->directories;
  for (const auto& [path, held] : which == names::as_seen ? state_->seen : state_->disk) {
    node copy = *held;
    for (auto sector : held->unsynced()) {
      if (survives({path, sector})) copy.put(sector);
    }
    after->set_contents(path, copy.disk);
  }
  return after;
}

std::unique_ptr<memory_disk> memory_disk::after_kill() const {
  auto after = std::make_unique<memory_disk>();
  after->state_->directories = state_->directories;
  // Nodes of names that were renamed are the same: copies keep what is shared.
  std::map<const node*, std::shared_ptr<node>> copies;
  auto copy = [&](const std::shared_ptr<node>& held) {
    auto& made = copies[held.get()];
    if (!made) made = std::make_shared<node>(*held);
    return made;
  };
  for (const auto& [path, held] : state_->seen) after->state_->seen[path] = copy(held);
  for (const auto& [path, held] : state_->disk) after->state_->disk[path] = copy(held);
  return after;
}

void memory_disk::forget_unsynced(const std::string& path) {
  auto found = state_->seen.find(path);
  if (found != state_->seen.end()) found->second->dirty.clear();
}

std::map<std::string, std::string> memory_disk::contents() const {
  std::map<std::string, std::string> all;
  for (const auto& [path, held] : state_->seen) all[path] = held->seen;
  return all;
}

std::string memory_disk::contents(const std::string& path) const {
  return state_->seen.at(path)->seen;
}

void memory_disk::set_contents(const std::string& path, std::string bytes) {
  auto made = std::make_shared<node>();
  made->seen = bytes;
  made->disk = std::move(bytes);
  state_->seen[path] = made;
  state_->disk[path] = made;
}

bool memory_disk::exists(const std::string& path) const { return state_->seen.contains(path); }

expected<std::unique_ptr<file>> memory_disk::open(const std::string& path, open_mode mode) {
  std::scoped_lock lock(state_->mutex);
  auto found = state_->seen.find(path);
  if (mode == open_mode::create) {
    found = state_->seen.insert_or_assign(path, std::make_shared<node>()).first;
  }
  if (found == state_->seen.end()) return no_such(path);
  return std::make_unique<memory_file>(path, state_, found->second);
}

expected<std::unique_ptr<mapped_page>> memory_disk::map_page(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  auto found = state_->seen.find(path);
  if (found == state_->seen.end()) return no_such(path);
  if (found->second->seen.size() < mapped_page::page_bytes) {
    return fail(errc::corrupt, fmt::format("{} is too short", path));
  }
  return std::make_unique<memory_page>(state_, found->second);
}

expected<std::unique_ptr<directory_lock>> memory_disk::lock(const std::string& path, lock_mode) {
  std::scoped_lock lock(state_->mutex);
  if (!state_->locked.insert(path).second) {
    return fail(errc::locked, fmt::format("{} is held by process {}", path, holder_process));
  }
  return std::make_unique<memory_lock>(state_, path);
}

expected<std::vector<std::string>> memory_disk::list(const std::string& directory) {
  std::scoped_lock lock(state_->mutex);
  if (!state_->directories.contains(directory)) return no_such(directory);
  std::vector<std::string> names;
  for (const auto& [path, held] : state_->seen) {
    if (parent_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

expected<void> memory_disk::make_directory(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  state_->directories.insert(path);
  return {};
}

expected<void> memory_disk::rename(const std::string& source, const std::string& target) {
  std::scoped_lock lock(state_->mutex);
  auto found = state_->seen.find(source);
  if (found == state_->seen.end()) return no_such(source);
  state_->seen[target] = found->second;
  state_->seen.erase(found);
  return {};
}

expected<void> memory_disk::remove(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  if (state_->seen.erase(path) == 0) return no_such(path);
  return {};
}

expected<void> memory_disk::sync_directory(const std::string& path) {
  std::scoped_lock lock(state_->mutex);
  std::erase_if(state_->disk, [&](const auto& entry) { return parent_of(entry.first) == path; });
  for (const auto& [name, held] : state_->seen) {
    if (parent_of(name) == path) state_->disk[name] = held;
  }
  return {};
}

expected<std::uint64_t> memory_disk::free_bytes(const std::string& path) {
  return free_space ? free_space(path) : UINT64_MAX;
}

}  // namespace perdure::transport
