#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"

namespace perdure::deploy {

/// Values of options as people write them, in flags and in the configuration file. Each parser
/// takes what its printer prints. Errors are invalid_argument; the message is for the middle of a
/// sentence ("is not a size such as 64 MiB").

/// A count: decimal digits, with ' or _ between them if wanted ("10'000").
runtime::expected<std::uint64_t> parse_count(std::string_view text);
std::string print_count(std::uint64_t value);

/// A size in bytes: a count and B, KiB, MiB, GiB or TiB ("64 MiB", "64MiB", "512B"). A bare number
/// is refused, unless 0: it would be misread.
runtime::expected<std::uint64_t> parse_size(std::string_view text);
std::string print_size(std::uint64_t bytes);

/// A length of time: a count and us, ms, s, min (or m), h or d ("2s", "500 ms", "7 d"). A bare
/// number is refused, unless 0.
runtime::expected<runtime::duration> parse_duration(std::string_view text);
std::string print_duration(runtime::duration value);

/// true, false, yes, no, on, off.
runtime::expected<bool> parse_switch(std::string_view text);

}  // namespace perdure::deploy
