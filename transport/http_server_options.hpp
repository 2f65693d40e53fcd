#pragma once

#include <string>

#include "runtime/clock.hpp"
#include "runtime/error.hpp"
#include "transport/http_request_reader.hpp"

namespace perdure::transport {

struct http_server_options {
  std::string address = "127.0.0.1";  ///< an IP address; loopback unless somebody decides otherwise
  std::uint16_t port = 0;             ///< 0: any free one, see http_server::port()
  std::size_t threads = 1;            ///< 1…64; a connection stays on one of them
  http_request_limits limits = {};

  /// From the first byte of a request (or from the connection, for the first) to the end of its
  /// header: a client that sends a byte now and then gets no longer.
  runtime::duration header_deadline = runtime::seconds(10);
  runtime::duration body_deadline = runtime::seconds(60);  ///< from the header's end to the body's
  runtime::duration idle_deadline = runtime::seconds(75);  ///< between two requests
  runtime::duration request_deadline = runtime::seconds(90);  ///< for the handler, then 504
  runtime::duration write_deadline = runtime::seconds(30);    ///< while the client takes nothing
  /// How long an answer may still come after the client closed its sending side: it may have left.
  runtime::duration half_closed_grace = runtime::seconds(5);
  runtime::duration stop_grace = runtime::seconds(5);  ///< for requests under way at stop()

  std::size_t max_connections = 4'096;              ///< more are answered 503 and closed
  std::size_t max_connections_per_address = 1'024;  ///< an IPv6 /64 counts as one address

  const runtime::clock* clock = nullptr;  ///< for deadlines and `Date`; null: the machine's
};

/// Error invalid_argument names the first option that cannot be, and its bounds.
runtime::expected<void> check(const http_server_options& options);

}  // namespace perdure::transport
