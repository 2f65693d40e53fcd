#pragma once

#include <string>
#include <string_view>

namespace perdure::transport {

/// Appends `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD, so that the
/// result is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace perdure::transport
