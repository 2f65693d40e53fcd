#pragma once

#include <memory>

#include "transport/http_responder.hpp"
#include "transport/http_server_options.hpp"

namespace perdure::transport {

struct http_server_statistics {
  std::size_t open_connections = 0;
  std::uint64_t accepted = 0;     ///< connections
  std::uint64_t turned_away = 0;  ///< connections over a limit
  std::uint64_t requests = 0;     ///< given to the handler
  std::uint64_t refused = 0;      ///< requests that were malformed or over a limit
};

/// An HTTP/1.1 server with threads of its own. Every wait has a deadline, every buffer a limit;
/// what is malformed, too large or too slow is answered in the JSON shape of make_http_error and
/// the connection closed. No TLS.
class http_server {
 public:
  /// Listens, and serves from then on. `handler` outlives the server. Errors: invalid_argument (an
  /// option), io_failed (the address is taken or not ours; the message says what to change).
  static runtime::expected<std::unique_ptr<http_server>> start(http_server_options options,
                                                               http_handler& handler);
  virtual ~http_server() = default;

  /// Where it listens, also if 0 was asked for.
  virtual std::uint16_t port() const = 0;
  virtual http_server_statistics statistics() const = 0;

  /// Accepts no more, ends idle connections, lets requests under way end (`stop_grace`), waits. The
  /// handler is not called after that; responders that are still held answer nobody. May be called
  /// again, but not by a handler. The destructor calls it.
  virtual void stop() = 0;
};

}  // namespace perdure::transport
