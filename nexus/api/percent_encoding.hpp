#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace perdure::nexus {

/// Nothing if a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

/// As one segment of a path or one value of a query: everything but letters, digits and "-._~" is
/// encoded, '/' too.
std::string percent_encode(std::string_view text);

}  // namespace perdure::nexus
