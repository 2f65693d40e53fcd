#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nexus/api/api_error.hpp"

namespace perdure::nexus {

/// The path and query of a request, taken apart once and strictly: whoever decides by the path, a
/// proxy before us among them, must see the same one. The path is split before it is decoded, so
/// "%2F" never separates; empty, "." and ".." segments in any spelling are refused.
struct request_target {
  struct segment {
    std::string_view raw;  ///< as sent; a view into the target that was parsed
    std::string decoded;   ///< UTF-8 without control characters
  };
  struct parameter {
    std::string name, value;
  };

  std::vector<segment> path;  ///< empty for "/"
  std::vector<parameter> query;

  /// Error invalid_argument says what is wrong with it.
  static api_result<request_target> parse(std::string_view target);
};

/// UTF-8, without control characters.
bool is_plain_text(std::string_view text);

}  // namespace perdure::nexus
