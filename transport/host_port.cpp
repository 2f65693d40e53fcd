#include "transport/host_port.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace perdure::transport {

using runtime::errc;
using runtime::fail;

bool host_port::is_loopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool host_port::is_any() const { return host == "0.0.0.0" || host == "::"; }

std::string host_port::text() const {
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

runtime::expected<host_port> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']'))
    return fail(errc::invalid_argument, "has no port");
  auto host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty()) return fail(errc::invalid_argument, "has no host");
  if (host.size() > 253) return fail(errc::invalid_argument, "is too long");
  const bool good = std::ranges::all_of(host, [bracketed](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '.' || c == '_' || (bracketed && c == ':');
  });
  if (!good) return fail(errc::invalid_argument, "has a character that is not allowed");
  const auto digits = text.substr(colon + 1);
  host_port parsed{std::string(host), 0};
  const auto* end = digits.data() + digits.size();
  const auto [next, failed] = std::from_chars(digits.data(), end, parsed.port);
  if (failed != std::errc{} || next != end)
    return fail(errc::invalid_argument, "has no port from 0 to 65535");
  return parsed;
}

}  // namespace perdure::transport
