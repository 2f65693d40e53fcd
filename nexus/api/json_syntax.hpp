#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nexus/api/api_error.hpp"

namespace perdure::nexus {

inline constexpr std::size_t deepest_json = 64;

/// One member of a JSON object: its name decoded, its value as it was sent. Values pass to whoever
/// understands them as text, so that no number changes on the way.
struct json_member {
  std::string name;
  std::string_view value;
};

/// Checks that `text` is one JSON object (RFC 8259, UTF-8, at most `deepest_json` deep, no name
/// twice) and gives its members as views into it. Error invalid_argument says where it goes wrong.
api_result<std::vector<json_member>> split_json_object(std::string_view text);

/// What a JSON value is, by its first character. REQUIRES: `value` is valid JSON without space
/// around it.
enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };
json_kind kind_of(std::string_view value);

/// REQUIRES: `value` is a valid JSON string.
std::string decode_json_string(std::string_view value);

}  // namespace perdure::nexus
