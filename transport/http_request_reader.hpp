#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "transport/http_message.hpp"

namespace perdure::transport {

struct http_request_limits {
  std::size_t header_bytes = 16 * 1024;  ///< request line and header fields together
  std::size_t header_fields = 100;
  std::size_t target_bytes = 8 * 1024;
  std::size_t body_bytes = 4 * 1024 * 1024;
};

/// Makes requests of bytes as they come: HTTP/1.1 and 1.0, strictly. Whatever two parsers could
/// read differently is refused (RFC 9112 §6.3: Transfer-Encoding beside Content-Length, several
/// Content-Lengths, codings other than a lone "chunked"), so is what is over a limit. No socket, no
/// clock: the same code runs under a fuzzer.
class http_request_reader {
 public:
  enum class state : std::uint8_t { needs_more, complete, refused };

  /// Why a request was refused. The connection cannot be used any further.
  struct refusal {
    unsigned status = 400;
    std::string_view code;
    std::string message;
  };

  explicit http_request_reader(http_request_limits limits);
  ~http_request_reader();

  /// Takes what it can of `bytes` and says how much that was. The caller keeps the rest and gives
  /// it again with more behind it; a rest as long as `header_bytes` is never asked for again.
  /// REQUIRES: current() is needs_more.
  std::size_t take(std::string_view bytes);

  state current() const { return state_; }
  /// The header has arrived; with `wants_continue`, the client waits for "100 Continue" before it
  /// sends the body.
  bool header_complete() const;
  bool wants_continue() const;
  /// Whether the client wants to go on with this connection. REQUIRES: header_complete().
  bool keep_alive() const;

  /// The request; the reader is ready for the next one. REQUIRES: current() is complete.
  http_request finish();
  /// REQUIRES: current() is refused.
  const refusal& why() const { return refusal_; }

 private:
  class parser;

  bool put(std::string_view bytes, std::size_t& taken);
  void refuse(refusal why);

  http_request_limits limits_;
  std::unique_ptr<parser> parser_;
  state state_ = state::needs_more;
  refusal refusal_;
};

}  // namespace perdure::transport
