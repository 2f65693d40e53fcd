#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace perdure::transport {

enum class http_method : std::uint8_t { get, head, post, put, patch, remove, options, other };

/// As on the wire ("GET", "DELETE" for `remove`); "other" for what has no name here.
std::string_view name(http_method method);

struct http_header {
  std::string name;
  std::string value;
  bool operator==(const http_header&) const = default;
};

/// The first header of that name (names are compared without case), or null.
const std::string* find_header(const std::vector<http_header>& headers, std::string_view name);

/// A request as plain data. A server hands it over whole: the body has arrived, within the limits.
struct http_request {
  http_method method = http_method::get;
  std::string target = {};  ///< as sent, still percent-encoded: path and query
  std::vector<http_header> headers = {};
  std::string body = {};
  std::string remote_address = {};  ///< of the peer, without port; set by the server

  const std::string* header(std::string_view name) const { return find_header(headers, name); }
};

/// A response as plain data. `Content-Length`, `Connection` and `Date` are the server's to write.
struct http_response {
  unsigned status = 200;
  std::string content_type = {};  ///< empty: none is sent
  std::vector<http_header> headers = {};
  std::string body = {};

  const std::string* header(std::string_view name) const { return find_header(headers, name); }
};

/// "Not Found" for 404; "Unknown" for what is not used here.
std::string_view reason_phrase(unsigned status);

}  // namespace perdure::transport
