#include "transport/posix_file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::fail;

/// The failed call in words, from errno.
std::unexpected<runtime::error> failed(std::string_view action, std::string_view path) {
  int number = errno;
  std::string text =
      fmt::format("{} {}: {}", action, path, std::generic_category().message(number));
  if (number == ENOSPC || number == EDQUOT) {
    return fail(errc::no_space, text + "; make room on that file system, then start again");
  }
  if (number == ENOENT) return fail(errc::not_found, std::move(text));
  if (number == EACCES || number == EPERM || number == EROFS) {
    return fail(errc::denied, text + "; give this user the right to read and write there");
  }
  return fail(errc::io_failed, std::move(text));
}

/// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  while (true) {
    auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/// Closes its descriptor. Errors of close are of no interest: what matters was synced before.
class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

expected<descriptor> open_descriptor(const std::string& path, int flags) {
  int number = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
  if (number < 0) return failed("open", path);
  return descriptor(number);
}

class posix_file final : public file {
 public:
  posix_file(std::string path, descriptor opened)
      : file(std::move(path)), descriptor_(std::move(opened)) {}

  expected<std::size_t> write_some(std::uint64_t position, std::string_view bytes) override {
    auto count = uninterrupted([&] {
      return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(position));
    });
    if (count < 0) return failed("write", path());
    return static_cast<std::size_t>(count);
  }

  expected<std::size_t> read_some(std::uint64_t position, std::span<char> into) override {
    auto count = uninterrupted([&] {
      return ::pread(descriptor_.get(), into.data(), into.size(), static_cast<off_t>(position));
    });
    if (count < 0) return failed("read", path());
    return static_cast<std::size_t>(count);
  }

  expected<void> sync() override {
    if (::fdatasync(descriptor_.get()) != 0) return failed("fdatasync", path());
    return {};
  }

  expected<void> allocate(std::uint64_t bytes) override {
    int number = 0;
    do {
      number = ::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(bytes));
    } while (number == EINTR);
    errno = number;
    if (number != 0) return failed("allocate", path());
    return {};
  }

  expected<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(descriptor_.get(), &status) != 0) return failed("stat", path());
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  descriptor descriptor_;
};

class posix_page final : public mapped_page {
 public:
  posix_page(std::string path, char* memory) : path_(std::move(path)), memory_(memory) {}
  ~posix_page() override { ::munmap(memory_, page_bytes); }
  posix_page(const posix_page&) = delete;
  posix_page& operator=(const posix_page&) = delete;

  std::span<char, page_bytes> bytes() override {
    return std::span<char, page_bytes>(memory_, page_bytes);
  }
  expected<void> sync() override {
    if (::msync(memory_, page_bytes, MS_SYNC) != 0) return failed("msync", path_);
    return {};
  }

 private:
  std::string path_;
  char* memory_;
};

class posix_lock final : public directory_lock {
 public:
  explicit posix_lock(descriptor held) : held_(std::move(held)) {}

 private:
  descriptor held_;
};

/// Who keeps others from a lock file. The id in it is that of the last process that locked it for
/// itself: those who share it leave none, and one in another container has an id that means nothing
/// here.
std::string holder(int lock_file) {
  if (::flock(lock_file, LOCK_SH | LOCK_NB) == 0)
    return "a process that reads it (`perdure log verify` or `log dump`)";
  char text[32] = {};
  const auto count = std::max<ssize_t>(0, ::pread(lock_file, text, sizeof text, 0));
  pid_t id = 0;
  std::from_chars(text, text + count, id);
  if (id <= 0 || (::kill(id, 0) != 0 && errno == ESRCH)) return "another process";
  return fmt::format("process {}", id);
}

/// False: the file system knows no fsync of a directory, as some below FUSE or 9p.
bool syncs_directories(const std::string& path) {
  const auto opened = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  return !opened || ::fsync(opened->get()) == 0 || (errno != EINVAL && errno != EOPNOTSUPP);
}

}  // namespace

expected<std::unique_ptr<file>> posix_file_system::open(const std::string& path, open_mode mode) {
  int flags = mode == open_mode::read    ? O_RDONLY
              : mode == open_mode::write ? O_RDWR
                                         : O_RDWR | O_CREAT | O_TRUNC;
  auto opened = open_descriptor(path, flags);
  if (!opened) return std::unexpected(opened.error());
  return std::make_unique<posix_file>(path, std::move(*opened));
}

expected<std::unique_ptr<mapped_page>> posix_file_system::map_page(const std::string& path) {
  auto opened = open_descriptor(path, O_RDWR);
  if (!opened) return std::unexpected(opened.error());
  struct stat status{};
  if (::fstat(opened->get(), &status) != 0) return failed("stat", path);
  if (static_cast<std::size_t>(status.st_size) < mapped_page::page_bytes) {
    return fail(errc::corrupt, fmt::format("{} is {} bytes long, a mark page needs {}", path,
                                           status.st_size, mapped_page::page_bytes));
  }
  void* memory = ::mmap(nullptr, mapped_page::page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                        opened->get(), 0);
  if (memory == MAP_FAILED) return failed("mmap", path);
  return std::make_unique<posix_page>(path, static_cast<char*>(memory));
}

expected<std::unique_ptr<directory_lock>> posix_file_system::lock(const std::string& path,
                                                                  lock_mode mode) {
  bool exclusive = mode == lock_mode::exclusive;
  auto opened = open_descriptor(path, exclusive ? O_RDWR | O_CREAT : O_RDONLY);
  if (!opened) return std::unexpected(opened.error());
  if (::flock(opened->get(), (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock", path);
    return fail(errc::locked, fmt::format("{} is held by {}; one process may use a log directory: "
                                          "stop it, or use another directory",
                                          path, holder(opened->get())));
  }
  if (exclusive) {
    std::string text = fmt::format("{}\n", ::getpid());
    if (::ftruncate(opened->get(), 0) != 0) return failed("truncate", path);
    if (::pwrite(opened->get(), text.data(), text.size(), 0) < 0) return failed("write", path);
  }
  return std::make_unique<posix_lock>(std::move(*opened));
}

expected<std::vector<std::string>> posix_file_system::list(const std::string& directory) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (!stream) return failed("list", directory);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return failed("list", directory);
  std::ranges::sort(names);
  return names;
}

expected<void> posix_file_system::make_directory(const std::string& path) {
  std::filesystem::path whole = std::filesystem::path(path).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();
  if (whole.empty()) return {};
  std::string parent = whole.has_parent_path() ? whole.parent_path().string() : ".";
  std::error_code ignored;  // what cannot be looked at cannot be made either, and mkdir says why
  if (std::filesystem::is_directory(whole, ignored)) {
    // A process that was killed behind its mkdir left a name that may be in the system's memory
    // alone. Where nothing can be made (a parent read-only, or another's) nobody left one.
    if (::access(parent.c_str(), R_OK | W_OK) != 0) return {};
    auto synced = sync_directory(parent);
    return synced || syncs_directories(parent) ? synced : expected<void>{};
  }
  if (auto made = make_directory(parent); !made) return made;
  if (::mkdir(whole.c_str(), 0755) != 0 && errno != EEXIST) return failed("make directory", path);
  return sync_directory(parent);
}

expected<void> posix_file_system::rename(const std::string& source, const std::string& target) {
  if (std::rename(source.c_str(), target.c_str()) != 0) return failed("rename", source);
  return {};
}

expected<void> posix_file_system::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return failed("remove", path);
  return {};
}

expected<void> posix_file_system::sync_directory(const std::string& path) {
  auto opened = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!opened) return std::unexpected(opened.error());
  if (::fsync(opened->get()) != 0) return failed("fsync", path);
  return {};
}

expected<std::uint64_t> posix_file_system::free_bytes(const std::string& path) {
  std::error_code why;
  const auto space = std::filesystem::space(path, why);
  if (why) {
    errno = why.value();
    return failed("look for free space of", path);
  }
  return space.available;
}

}  // namespace perdure::transport
