#include "transport/http_endpoint.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace perdure::transport {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool is_ipv6_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
         c == '.';
}

/// Takes the host off the front of `text`; empty: there is none.
std::string take_host(std::string_view& text) {
  std::string host;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return {};
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return std::ranges::all_of(host, is_ipv6_character) ? host : std::string();
  }
  const auto end = std::ranges::find_if_not(text, is_host_character) - text.begin();
  host = text.substr(0, static_cast<std::size_t>(end));
  text.remove_prefix(static_cast<std::size_t>(end));
  return host;
}

}  // namespace

runtime::expected<http_endpoint> parse_http_endpoint(std::string_view text) {
  const auto wrong = [text] {
    return runtime::fail(
        runtime::errc::invalid_argument,
        fmt::format("\"{}\" is no server address; write it like http://127.0.0.1:7080", text));
  };
  std::string_view rest = text;
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  http_endpoint endpoint{.host = take_host(rest)};
  if (endpoint.host.empty()) return wrong();
  if (rest.empty()) return endpoint;
  if (!rest.starts_with(':')) return wrong();
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), endpoint.port);
  if (error != std::errc() || end != rest.data() + rest.size() || endpoint.port == 0) {
    return wrong();
  }
  return endpoint;
}

std::string to_string(const http_endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), endpoint.host, endpoint.port);
}

}  // namespace perdure::transport
