#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace perdure::deploy {

/// How the program ends. Part of its interface: scripts branch on it. Never change or reuse.
enum class exit_code : std::uint8_t {
  ok = 0,
  failed = 1,
  usage = 2,
  not_found = 3,
  refused = 4,
  unavailable = 5,
  unknown = 6,
  run_failed = 7,
  still_open = 8,
  damaged = 9,
};

struct exit_code_description {
  exit_code code;
  std::string_view name;
  std::string_view meaning;
};

/// For docs/cli.md.
std::span<const exit_code_description> exit_codes();

/// What an error code of the API (docs/api.md) ends the program with.
exit_code exit_code_of(std::string_view api_code);

}  // namespace perdure::deploy
