#include "examples/licence_audit/package_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "examples/licence_audit/text_decoding.hpp"

namespace licence_audit {
namespace {

using audit::v1::Problem;

constexpr std::size_t largest_file = 16 << 20;

std::unexpected<Problem> problem_of(int error) {
  const auto kind = [error] {
    switch (error) {
      case ENOENT:
      case ENOTDIR:
        return Problem::MISSING;
      case EACCES:
      case EPERM:
        return Problem::NO_PERMISSION;
      case ELOOP:
        return Problem::LINK_LOOP;
      case ENXIO:
        return Problem::NOT_A_FILE;
      default:
        return Problem::READ_ERROR;
    }
  }();
  return std::unexpected(make_problem(kind, 0, std::generic_category().message(error)));
}

/// Closes on every way out.
class open_file {
 public:
  explicit open_file(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {}
  ~open_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

bool has_copyright_file(const std::filesystem::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

}  // namespace

std::expected<std::vector<package_file>, std::string> find_package_files(
    const std::string& directory) {
  std::error_code error;
  std::vector<package_file> result;
  auto entry = std::filesystem::directory_iterator(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto path = entry->path() / "copyright";
    if (has_copyright_file(path)) {
      result.push_back({entry->path().filename().string(), path.string()});
    }
  }
  if (error) {
    return std::unexpected(fmt::format("cannot list {}: {}", directory, error.message()));
  }
  std::ranges::sort(result, {}, &package_file::package);
  return result;
}

std::expected<std::string, Problem> read_package_file(const std::string& path) {
  const open_file file(path);
  if (file.descriptor() < 0) return problem_of(errno);
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0) return problem_of(errno);
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(
        make_problem(Problem::NOT_A_FILE, 0,
                     S_ISDIR(status.st_mode) ? "it is a directory" : "it is no regular file"));
  }
  std::string bytes;
  char buffer[65'536];
  while (true) {
    const auto count = ::read(file.descriptor(), buffer, sizeof buffer);
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return problem_of(errno);
    bytes.append(buffer, static_cast<std::size_t>(count));
    if (bytes.size() > largest_file) {
      return std::unexpected(make_problem(Problem::TOO_LARGE, 0,
                                          fmt::format("larger than {} MiB", largest_file >> 20)));
    }
  }
}

}  // namespace licence_audit
