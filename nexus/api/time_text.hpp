#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/ids.hpp"

namespace perdure::nexus {

/// RFC 3339 in UTC with microseconds, "2026-01-02T03:04:05.000006Z".
std::string to_text(runtime::timestamp time);

/// "30s", "500ms", "1.5h", "72h": a decimal number of us, ms, s, m, h or d. Nothing for anything
/// else, and for more than a thousand years.
std::optional<runtime::duration> parse_duration(std::string_view text);

}  // namespace perdure::nexus
