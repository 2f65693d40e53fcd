#include "nexus/door/door_keys.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::nexus {

using runtime::errc;
using runtime::expected;
using runtime::fail;

namespace {

constexpr auto pause_between_reads = runtime::seconds(1);
constexpr std::string_view blank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(blank), text.size());
  return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

runtime::error no_key(std::string_view name_space) {
  return {errc::denied,
          fmt::format("no key is shared with namespace '{}' here: see doors.keys", name_space)};
}

expected<std::vector<door_key>> read_from(const door_keys::source& from) {
  const auto text = from();
  if (!text) return std::unexpected(text.error());
  return parse_door_keys(*text);
}

}  // namespace

expected<std::vector<door_key>> parse_door_keys(std::string_view text) {
  std::vector<door_key> keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (line.size() < shortest_door_key) {
      return fail(errc::invalid_argument,
                  fmt::format("the key in line {} has {} bytes: {} at least, as from `openssl rand "
                              "-hex 32`",
                              number, line.size(), shortest_door_key));
    }
    keys.push_back(make_door_key(std::string(line)));
  }
  if (keys.empty())
    return fail(errc::invalid_argument, "there is no key: one a line, at least one");
  return keys;
}

door_keys::door_keys(std::map<std::string, source, std::less<>> sources,
                     const runtime::clock& clock)
    : clock_(clock) {
  for (auto& [name, from] : sources) entries_[name].from = std::move(from);
}

expected<void> door_keys::read_all() {
  const std::scoped_lock lock(mutex_);
  for (auto& [name, one] : entries_) {
    auto keys = read_from(one.from);
    if (!keys) {
      return fail(keys.error().code, fmt::format("doors.keys, {}: {}", name, keys.error().message));
    }
    one.keys = *std::move(keys);
  }
  return {};
}

expected<door_key> door_keys::to_sign(std::string_view name_space) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(name_space);
  if (found == entries_.end() || found->second.keys.empty())
    return std::unexpected(no_key(name_space));
  return found->second.keys.front();
}

expected<door_key> door_keys::find(std::string_view name_space, std::string_view id) {
  for (const bool again : {false, true}) {
    if (again) refresh(name_space);
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(name_space);
    if (found == entries_.end()) return std::unexpected(no_key(name_space));
    const auto key = std::ranges::find(found->second.keys, id, &door_key::id);
    if (key != found->second.keys.end()) return *key;
  }
  return fail(
      errc::denied,
      fmt::format("the key is none of those that are shared with namespace '{}' here", name_space));
}

void door_keys::refresh(std::string_view name_space) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(name_space);
  if (found == entries_.end()) return;
  auto& one = found->second;
  const auto now = clock_.monotonic();
  if (one.read.us != 0 && now < one.read + pause_between_reads) return;
  one.read = now;
  auto keys = read_from(one.from);
  if (keys) one.keys = *std::move(keys);
}

std::vector<std::string> door_keys::neighbours() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, one] : entries_) names.push_back(name);
  return names;
}

}  // namespace perdure::nexus
