#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/error.hpp"

namespace perdure::transport {

/// Where a server is.
struct http_endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 80;
  bool operator==(const http_endpoint&) const = default;
};

/// "http://host:port", "http://host/", "host:port", "[::1]:7080". Error invalid_argument: anything
/// else, https and paths among it; the message shows a right one.
runtime::expected<http_endpoint> parse_http_endpoint(std::string_view text);

/// "host:port", with brackets where an IPv6 address needs them.
std::string to_string(const http_endpoint& endpoint);

}  // namespace perdure::transport
