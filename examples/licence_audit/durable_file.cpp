#include "examples/licence_audit/durable_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace licence_audit {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

class descriptor {
 public:
  descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags, 0666)) {
    if (number_ < 0) fail(path);
  }
  ~descriptor() { ::close(number_); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

void sync(const std::string& path, int flags) {
  const descriptor file(path, flags);
  if (::fsync(file.number()) != 0) fail(path);
}

}  // namespace

void write_durably(const std::string& path, std::string_view bytes) {
  const auto folder = std::filesystem::absolute(path).parent_path();
  std::filesystem::create_directories(folder);
  const auto beside = path + ".new";
  {
    const descriptor file(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    while (!bytes.empty()) {
      const auto written = ::write(file.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(beside);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.number()) != 0) fail(beside);
  }
  std::filesystem::rename(beside, path);
  sync(folder.string(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) fail(path);
  return bytes;
}

}  // namespace licence_audit
