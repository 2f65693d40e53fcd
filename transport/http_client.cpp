#include "transport/http_client.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <fmt/format.h>

namespace perdure::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using runtime::errc;

std::string encode(const http_request& request, const http_endpoint& server) {
  std::string bytes = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", name(request.method),
                                  request.target, to_string(server));
  for (const http_header& header : request.headers) {
    bytes += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  const bool may_have_body =
      request.method != http_method::get && request.method != http_method::head;
  if (may_have_body || !request.body.empty()) {
    bytes += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return bytes + "\r\n" + request.body;
}

http_response decode(http::response<http::string_body> message) {
  http_response response{.status = message.result_int()};
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    response.headers.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }
  if (const std::string* type = response.header("Content-Type")) response.content_type = *type;
  response.body = std::move(message.body());
  return response;
}

}  // namespace

/// One connection and the loop that it waits on.
class http_client::connection {
 public:
  explicit connection(http_client_options options) : options_(std::move(options)) {}

  bool open() const { return socket_.is_open(); }

  /// False if the server has closed it meanwhile, or has sent what nobody asked for.
  bool fresh() {
    char byte = 0;
    error_code error;
    socket_.non_blocking(true, error);
    socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error == asio::error::would_block && buffer_.size() == 0;
  }

  runtime::expected<void> connect() {
    tcp::resolver resolver(io_);
    std::optional<error_code> done;
    resolver.async_resolve(options_.server.host, std::to_string(options_.server.port),
                           [&](const error_code& error, const tcp::resolver::results_type& found) {
                             if (error) {
                               done = error;
                               return;
                             }
                             asio::async_connect(socket_, found,
                                                 [&](const error_code& failed,
                                                     const tcp::endpoint&) { done = failed; });
                           });
    wait(options_.connect_deadline, [&] { resolver.cancel(); });
    if (timed_out_) done = asio::error::timed_out;
    if (!*done) {
      error_code ignored;
      socket_.set_option(tcp::no_delay(true), ignored);
      return {};
    }
    close();
    return runtime::fail(errc::unavailable,
                         fmt::format("cannot connect to {}: {}; is the server running there?",
                                     to_string(options_.server), done->message()));
  }

  runtime::expected<http_response> exchange(const http_request& request,
                                            runtime::duration deadline) {
    const std::string bytes = encode(request, options_.server);
    http::response_parser<http::string_body> parser;
    parser.skip(request.method == http_method::head);
    parser.body_limit(options_.response_bytes);
    parser.header_limit(64 * 1024);
    std::optional<error_code> written, read;
    asio::async_write(socket_, asio::buffer(bytes),
                      [&](const error_code& error, std::size_t) { written = error; });
    // Read at once: a server may refuse, and close, before it has taken all.
    http::async_read(socket_, buffer_, parser, [&](const error_code& error, std::size_t) {
      read = error;
      if (!written) close();
    });
    wait(deadline, [] {});
    if (timed_out_ || *read) return give_up(*read, deadline);
    const bool keep = parser.keep_alive() && !*written;
    http_response response = decode(parser.release());
    if (!keep) close();
    return response;
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    buffer_.clear();
  }

 private:
  /// Runs what was begun to its end; after `most` it is broken off.
  template <class Cancel>
  void wait(runtime::duration most, Cancel cancel) {
    io_.restart();
    io_.run_for(std::chrono::microseconds(most.us));
    timed_out_ = !io_.stopped();
    if (!timed_out_) return;
    cancel();
    close();
    io_.run();
  }

  runtime::expected<http_response> give_up(error_code error, runtime::duration deadline) {
    close();
    const std::string server = to_string(options_.server);
    if (timed_out_) {
      return runtime::fail(
          errc::timed_out,
          fmt::format("{} did not answer within {} ms; what was asked for may still be done",
                      server, deadline.us / 1000));
    }
    if (error == http::error::body_limit) {
      return runtime::fail(errc::too_large, fmt::format("the answer of {} is longer than {} bytes",
                                                        server, options_.response_bytes));
    }
    const bool broke_off = error == http::error::end_of_stream ||
                           error == http::error::partial_message ||
                           error.category() == asio::error::get_system_category();
    if (!broke_off) {
      return runtime::fail(errc::io_failed, fmt::format("the answer of {} is not HTTP: {}", server,
                                                        error.message()));
    }
    return runtime::fail(errc::outcome_unknown,
                         fmt::format("{} closed the connection before it answered ({}); what was "
                                     "asked for may have been done",
                                     server, error.message()));
  }

  const http_client_options options_;
  asio::io_context io_{1};
  tcp::socket socket_{io_};
  beast::flat_buffer buffer_;
  bool timed_out_ = false;
};

http_client::http_client(http_client_options options) : options_(std::move(options)) {}
http_client::~http_client() = default;
http_client::http_client(http_client&&) noexcept = default;
http_client& http_client::operator=(http_client&&) noexcept = default;

runtime::expected<http_response> http_client::send(const http_request& request) {
  return send(request, options_.deadline);
}

runtime::expected<http_response> http_client::send(const http_request& request,
                                                   runtime::duration deadline) {
  const bool reused = connection_ && connection_->open() && connection_->fresh();
  for (bool first = reused;; first = false) {
    if (!first) {
      connection_ = std::make_unique<connection>(options_);
      if (auto connected = connection_->connect(); !connected) {
        return std::unexpected(connected.error());
      }
    }
    auto response = connection_->exchange(request, deadline);
    const bool broke_off = !response && response.error().code == errc::outcome_unknown;
    const bool safe = request.method == http_method::get || request.method == http_method::head;
    // The server may have closed the kept connection just as the request left. What only reads may
    // be asked again.
    if (first && broke_off && safe) continue;
    return response;
  }
}

void http_client::disconnect() { connection_.reset(); }

}  // namespace perdure::transport
