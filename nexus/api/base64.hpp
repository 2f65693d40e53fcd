#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace perdure::nexus {

/// RFC 4648 §4, with padding.
std::string base64_encode(std::string_view bytes);
/// Nothing if `text` is not what base64_encode gives for some bytes.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace perdure::nexus
