#include "transport/log_creation.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "transport/file_header.hpp"
#include "transport/segment_supply.hpp"

namespace perdure::transport {
namespace {

using runtime::expected;

/// Writes a small file under an unfinished name, syncs and renames it: whole or not there.
expected<void> write_file(file_system& files, const log_directory& directory, std::string_view name,
                          std::string_view bytes) {
  std::string unfinished = directory.unfinished(name);
  auto opened = files.open(unfinished, open_mode::create);
  if (!opened) return std::unexpected(opened.error());
  if (auto done = (*opened)->write(0, bytes); !done) return done;
  if (auto done = (*opened)->sync(); !done) return done;
  std::string path = fmt::format("{}/{}", directory.path(), name);
  if (auto done = files.rename(unfinished, path); !done) return done;
  return files.sync_directory(directory.path());
}

expected<bool> is_blank_behind_header(file_system& files, const std::string& path) {
  auto opened = files.open(path, open_mode::read);
  if (!opened) return std::unexpected(opened.error());
  std::string slice(std::size_t{1} << 20, '\0');
  for (std::uint64_t at = file_header::header_bytes;; at += slice.size()) {
    auto count = (*opened)->read(at, slice);
    if (!count) return std::unexpected(count.error());
    std::string_view read(slice.data(), *count);
    if (std::ranges::any_of(read, [](char byte) { return byte != 0; })) return false;
    if (*count < slice.size()) return true;
  }
}

/// Clears away what an interrupted creation left.
expected<void> clear(file_system& files, const log_directory& directory) {
  auto names = files.list(directory.path());
  if (!names) return std::unexpected(names.error());
  for (const auto& name : *names) {
    std::string path = fmt::format("{}/{}", directory.path(), name);
    bool segment = log_directory::segment_ordinal(name).has_value();
    if (segment) {
      auto blank = is_blank_behind_header(files, path);
      if (!blank) return std::unexpected(blank.error());
      if (!*blank) {
        return runtime::fail(runtime::errc::corrupt,
                             fmt::format("{} is missing, but {} holds a log: restore the directory "
                                         "from a copy, or name an empty one",
                                         directory.identity(), path));
      }
    }
    if (segment || log_directory::is_unfinished(name)) {
      if (auto done = files.remove(path); !done) return done;
    }
  }
  return {};
}

}  // namespace

expected<void> create_log(file_system& files, const log_directory& directory,
                          const embedded_log_options& options, runtime::random_source& random) {
  if (auto done = clear(files, directory); !done) return done;
  runtime::incarnation incarnation;
  while (!incarnation) incarnation = runtime::incarnation(random.next());
  segment_supply supply(files, directory, incarnation, options.segment_bytes, 0);
  if (auto done = supply.prepare(); !done) return done;
  if (auto done = write_mark_file(files, directory, incarnation, log_mark{}); !done) return done;
  auto header = encode(file_header{.kind = file_kind::identity,
                                   .incarnation = incarnation,
                                   .ordinal = 0,
                                   .file_bytes = file_header::header_bytes});
  return write_file(files, directory, "identity", {header.data(), header.size()});
}

expected<void> write_mark_file(file_system& files, const log_directory& directory,
                               runtime::incarnation incarnation, const log_mark& mark) {
  std::array<char, mapped_page::page_bytes> page{};
  encode_mark(page, incarnation, 1, mark);
  encode_mark(page, incarnation, 2, mark);
  return write_file(files, directory, "mark", {page.data(), page.size()});
}

}  // namespace perdure::transport
