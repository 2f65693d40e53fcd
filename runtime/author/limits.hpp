#pragma once

#include <cstddef>

namespace perdure {

/// What one turn may hold (DESIGN 7.6). Whatever is over a limit fails as `too_large` where the
/// code asked for it.
inline constexpr std::size_t most_commands_in_turn = 10'000;
inline constexpr std::size_t largest_payload = std::size_t{1} << 20;
/// All inputs that a turn's commands carry. The record holds enclosed results too (16 MiB).
inline constexpr std::size_t largest_turn = std::size_t{8} << 20;
inline constexpr std::size_t longest_id = 256;
/// Beyond them lines are dropped and counted.
inline constexpr std::size_t most_log_lines_in_turn = 1'000;
inline constexpr std::size_t longest_log_line = std::size_t{8} << 10;

}  // namespace perdure
