#include "transport/http_request_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include "runtime/error.hpp"
#include "runtime/invariant.hpp"

namespace perdure::transport {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using runtime::errc;

http_method to_method(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return http_method::get;
    case http::verb::head:
      return http_method::head;
    case http::verb::post:
      return http_method::post;
    case http::verb::put:
      return http_method::put;
    case http::verb::patch:
      return http_method::patch;
    case http::verb::delete_:
      return http_method::remove;
    case http::verb::options:
      return http_method::options;
    default:
      return http_method::other;
  }
}

http_request_reader::refusal invalid(unsigned status, std::string message) {
  return {status, runtime::name(errc::invalid_argument), std::move(message)};
}

http_request_reader::refusal over_limit(unsigned status, std::string message) {
  return {status, runtime::name(errc::too_large), std::move(message)};
}

/// What Beast's own checks found.
http_request_reader::refusal explain(http::error error, const http_request_limits& limits) {
  switch (error) {
    case http::error::header_limit:
      return over_limit(
          431, fmt::format("the request's header is longer than {} bytes", limits.header_bytes));
    case http::error::body_limit:
      return over_limit(
          413, fmt::format("the request's body is longer than {} bytes", limits.body_bytes));
    case http::error::bad_version:
      return invalid(505, "the request line does not end in HTTP/1.1 or HTTP/1.0");
    case http::error::bad_content_length:
    case http::error::multiple_content_length:
    case http::error::bad_transfer_encoding:
      return invalid(400,
                     "the length of the body is not stated once and clearly: send one "
                     "Content-Length, or Transfer-Encoding: chunked alone");
    case http::error::bad_chunk:
    case http::error::bad_chunk_extension:
      return invalid(400, "the chunked body is malformed");
    case http::error::bad_method:
    case http::error::bad_target:
      return invalid(400, "the request line is malformed");
    default:
      return invalid(400, "a header field is malformed");
  }
}

}  // namespace

/// Collects one request. Beast finds the parts; what it lets pass and we do not is refused here.
class http_request_reader::parser final : public http::basic_parser<true> {
 public:
  explicit parser(const http_request_limits& limits) : limits_(limits) {
    body_limit(limits.body_bytes);
    request_.headers.reserve(8);
  }

  http_request take_request() { return std::move(request_); }
  const std::optional<refusal>& own_refusal() const { return refusal_; }
  bool wants_continue() const { return wants_continue_; }
  std::size_t header_bytes = 0;  // taken so far

 private:
  void on_request_impl(http::verb verb, beast::string_view, beast::string_view target, int version,
                       beast::error_code& error) override {
    version_ = version;
    request_.method = to_method(verb);
    if (target.size() > limits_.target_bytes) {
      return refuse(over_limit(414, fmt::format("the request's target is longer than {} bytes",
                                                limits_.target_bytes)),
                    error);
    }
    request_.target.assign(target.data(), target.size());
  }

  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     beast::error_code& error) override {
    if (++fields_ > limits_.header_fields) {
      return refuse(over_limit(431, fmt::format("the request has more than {} header fields",
                                                limits_.header_fields)),
                    error);
    }
    if (in_body_) return;  // trailers may not change what the header said
    switch (field) {
      case http::field::content_length:
        if (content_lengths_++ > 0 || value.find(',') != value.npos) {
          return refuse(explain(http::error::multiple_content_length, limits_), error);
        }
        break;
      case http::field::transfer_encoding:
        if (codings_++ > 0 || !beast::iequals(value, "chunked")) {
          return refuse(invalid(501, "the only Transfer-Encoding understood is a lone \"chunked\""),
                        error);
        }
        break;
      case http::field::host:
        ++hosts_;
        break;
      case http::field::expect:
        if (!beast::iequals(value, "100-continue")) {
          return refuse(invalid(417, "the only Expect understood is \"100-continue\""), error);
        }
        wants_continue_ = true;
        break;
      default:
        break;
    }
    request_.headers.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }

  void on_header_impl(beast::error_code& error) override {
    in_body_ = true;
    if (codings_ > 0 && (content_lengths_ > 0 || version_ < 11)) {
      return refuse(explain(http::error::bad_transfer_encoding, limits_), error);
    }
    if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11)) {
      return refuse(invalid(400, "the request must have one Host header"), error);
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                         beast::error_code&) override {
    // A peer that announces a large body and sends none must not cost its memory.
    constexpr std::uint64_t most = 64 * 1024;
    if (length) request_.body.reserve(static_cast<std::size_t>(std::min(*length, most)));
  }

  std::size_t on_body_impl(beast::string_view bytes, beast::error_code&) override {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                 beast::error_code&) override {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_finish_impl(beast::error_code&) override {}

  void refuse(refusal why, beast::error_code& error) {
    refusal_ = std::move(why);
    error = http::error::bad_value;
  }

  const http_request_limits& limits_;
  http_request request_;
  std::optional<refusal> refusal_;
  std::size_t fields_ = 0, content_lengths_ = 0, codings_ = 0, hosts_ = 0;
  int version_ = 0;
  bool wants_continue_ = false;
  bool in_body_ = false;
};

http_request_reader::http_request_reader(http_request_limits limits) : limits_(limits) {}
http_request_reader::~http_request_reader() = default;

std::size_t http_request_reader::take(std::string_view bytes) {
  INVARIANT(state_ == state::needs_more, "a reader takes bytes only while it needs more");
  std::size_t taken = 0;
  if (!parser_) {
    // RFC 9112 §2.2: an empty line before a request is ignored.
    if (bytes == "\r") return 0;
    if (bytes.starts_with("\r\n")) taken = 2;
    if (taken == bytes.size()) return taken;
    parser_ = std::make_unique<parser>(limits_);
  }
  while (state_ == state::needs_more && taken < bytes.size()) {
    if (!put(bytes, taken)) break;
  }
  if (state_ == state::needs_more && bytes.size() - taken >= limits_.header_bytes) {
    refuse(over_limit(431, "a chunk's header or the trailers are too long"));
  }
  return taken;
}

/// False if it needs more than `bytes` to go on.
bool http_request_reader::put(std::string_view bytes, std::size_t& taken) {
  // Beast 1.81 takes for granted that the last chunk has not begun with fewer bytes than its whole
  // length, "0\r\n\r\n", and aborts otherwise. At least as many still come in any chunked body.
  constexpr std::size_t last_chunk_bytes = 5;
  if (parser_->is_header_done() && parser_->chunked() && bytes.size() - taken < last_chunk_bytes) {
    return false;
  }
  const bool in_header = !parser_->is_header_done();
  if (in_header) {
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes - parser_->header_bytes));
  }
  beast::error_code error;
  const std::size_t count = parser_->put({bytes.data() + taken, bytes.size() - taken}, error);
  taken += count;
  if (in_header) parser_->header_bytes += count;
  if (error == http::error::need_more) return false;
  if (parser_->header_bytes > limits_.header_bytes) {
    refuse(explain(http::error::header_limit, limits_));
  } else if (error) {
    refuse(parser_->own_refusal() ? *parser_->own_refusal()
                                  : explain(static_cast<http::error>(error.value()), limits_));
  } else if (parser_->is_done()) {
    state_ = state::complete;
  }
  return true;
}

void http_request_reader::refuse(refusal why) {
  refusal_ = std::move(why);
  state_ = state::refused;
}

bool http_request_reader::header_complete() const { return parser_ && parser_->is_header_done(); }

bool http_request_reader::wants_continue() const {
  return header_complete() && parser_->wants_continue();
}

bool http_request_reader::keep_alive() const { return header_complete() && parser_->keep_alive(); }

http_request http_request_reader::finish() {
  INVARIANT(state_ == state::complete, "a reader gives only a complete request");
  http_request request = parser_->take_request();
  parser_.reset();
  state_ = state::needs_more;
  return request;
}

}  // namespace perdure::transport
