#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "nexus/door/door_signature.hpp"
#include "runtime/clock.hpp"
#include "runtime/error.hpp"

namespace perdure::nexus {

inline constexpr std::size_t shortest_door_key = 32;  ///< bytes

/// One key a line; empty lines are none, nor are those that begin with "#". Errors never show what
/// was read.
runtime::expected<std::vector<door_key>> parse_door_keys(std::string_view text);

/// The keys that a node shares with its neighbours. Any thread.
class door_keys {
 public:
  /// Gives the text with the keys of one namespace, or why it cannot.
  using source = std::function<runtime::expected<std::string>()>;

  door_keys(std::map<std::string, source, std::less<>> sources, const runtime::clock& clock);

  /// Reads all. The error names the namespace.
  runtime::expected<void> read_all();
  /// The one to sign with: the first. Error: denied, why there is none.
  runtime::expected<door_key> to_sign(std::string_view name_space) const;
  /// That key of the namespace. Reads anew if it is not known, so keys can be changed while nodes
  /// run. Error: denied.
  runtime::expected<door_key> find(std::string_view name_space, std::string_view id);
  /// Reads the namespace's keys anew, at most once a second. What cannot be read leaves those that
  /// there are.
  void refresh(std::string_view name_space);

  std::vector<std::string> neighbours() const;

 private:
  struct entry {
    source from;
    std::vector<door_key> keys;
    runtime::timestamp read;  ///< monotonic; 0: never
  };

  const runtime::clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> entries_;
};

}  // namespace perdure::nexus
