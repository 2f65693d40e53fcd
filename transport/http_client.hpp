#pragma once

#include <memory>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/http_endpoint.hpp"
#include "transport/http_message.hpp"

namespace perdure::transport {

struct http_client_options {
  http_endpoint server = {};
  runtime::duration connect_deadline = runtime::seconds(5);
  runtime::duration deadline = runtime::seconds(75);  ///< of a request, from sending to the end of
                                                      ///< its response
  std::size_t response_bytes = 64 * 1024 * 1024;      ///< a longer body is an error
};

/// A blocking client with one connection, which is kept and made anew when needed. For the command
/// line, tests and load: one thread at a time. No TLS, no redirects, no proxies.
class http_client {
 public:
  explicit http_client(http_client_options options);
  ~http_client();
  http_client(http_client&&) noexcept;
  http_client& operator=(http_client&&) noexcept;

  /// Sends and waits. `Host`, `Content-Length` are added. A response of any status is a value.
  /// Errors: unavailable (nothing was sent: cannot connect), timed_out and outcome_unknown (it was
  /// sent, but the answer did not come, or broke off), too_large, io_failed (the answer is not
  /// HTTP).
  runtime::expected<http_response> send(const http_request& request);
  runtime::expected<http_response> send(const http_request& request, runtime::duration deadline);

  void disconnect();

 private:
  class connection;

  http_client_options options_;
  std::unique_ptr<connection> connection_;
};

}  // namespace perdure::transport
