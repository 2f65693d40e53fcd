#pragma once

#include <string>
#include <string_view>

#include "transport/http_message.hpp"

namespace perdure::transport {

/// How a response goes out on one connection.
struct http_response_form {
  bool head = false;           ///< the request was HEAD: no body, but its length
  bool close = false;          ///< the connection ends with this response
  std::string_view date = {};  ///< IMF-fixdate, empty: no Date header
};

/// Appends the bytes of `response` to `out`. A CR, LF or NUL in a header becomes a space: no
/// handler's data can begin another header or another response.
void append_http_response(std::string& out, const http_response& response,
                          const http_response_form& form);

/// "Tue, 15 Nov 1994 08:12:31 GMT" (RFC 9110 §5.6.7) of seconds since 1970.
std::string http_date(std::int64_t unix_seconds);

}  // namespace perdure::transport
