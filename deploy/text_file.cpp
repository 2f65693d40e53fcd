#include "deploy/text_file.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace perdure::deploy {

using runtime::errc;
using runtime::fail;

runtime::expected<std::string> read_text_file(const std::string& path, std::size_t limit) {
  std::error_code why;
  const auto found = std::filesystem::status(path, why);
  if (found.type() == std::filesystem::file_type::not_found)
    return fail(errc::not_found, fmt::format("there is no file {}", path));
  if (std::filesystem::is_directory(found))
    return fail(errc::io_failed, fmt::format("cannot read {}: it is a directory", path));
  std::ifstream file(path, std::ios::binary);
  return read_text(file, path, limit);
}

runtime::expected<std::string> read_text(std::istream& from, const std::string& name,
                                         std::size_t limit) {
  constexpr std::size_t at_once = 65'536;
  std::string text;
  while (from && text.size() <= limit) {
    const auto before = text.size();
    text.resize(before + at_once);
    from.read(text.data() + before, at_once);
    text.resize(before + static_cast<std::size_t>(from.gcount()));
  }
  // `read` ends with eof at the end of a file, and badly where it cannot be read.
  if (!from.eof() && !from)
    return fail(errc::io_failed, fmt::format("cannot read {}: may this user read it?", name));
  if (text.size() > limit)
    return fail(errc::too_large, fmt::format("{} is longer than {} KiB", name, limit / 1'024));
  return text;
}

}  // namespace perdure::deploy
