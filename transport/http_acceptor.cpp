#include "transport/http_acceptor.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "transport/http_error.hpp"
#include "transport/http_response_writer.hpp"

namespace perdure::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using runtime::errc;

/// What connections are counted by: the address, or the /64 of an IPv6 one, since whoever has one
/// has them all.
std::string counted_address(const asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  if (address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::make_address_v6(bytes).to_string() + "/64";
}

}  // namespace

http_acceptor::http_acceptor(const http_server_options& options,
                             std::span<const std::unique_ptr<http_loop>> loops,
                             http_counters& counters)
    : options_(options),
      loops_(loops),
      counters_(counters),
      limits_(std::make_shared<http_connection_limits>(options.max_connections,
                                                       options.max_connections_per_address)),
      acceptor_(loops.front()->io()),
      retry_timer_(loops.front()->io()) {}

runtime::expected<void> http_acceptor::listen() {
  error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (error) {
    return runtime::fail(errc::invalid_argument,
                         fmt::format("cannot listen on \"{}\": it is not an IP address; use for "
                                     "example 127.0.0.1 or ::1",
                                     options_.address));
  }
  const tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return runtime::fail(
        errc::io_failed,
        fmt::format("cannot listen on {} port {}: {}; choose another address or port",
                    options_.address, options_.port, error.message()));
  }
  port_ = acceptor_.local_endpoint().port();
  accept();
  return {};
}

void http_acceptor::accept() {
  http_loop& loop = *loops_[next_loop_++ % loops_.size()];
  acceptor_.async_accept(loop.io(), [this, &loop](const error_code& error, tcp::socket socket) {
    on_accept(loop, error, std::move(socket));
  });
}

void http_acceptor::on_accept(http_loop& loop, const error_code& error, tcp::socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    // Out of descriptors or memory, or the client left at once. Give others time to end.
    retry_timer_.expires_after(std::chrono::milliseconds(50));
    retry_timer_.async_wait([this](const error_code& aborted) {
      if (!aborted && acceptor_.is_open()) accept();
    });
    return;
  }
  counters_.accepted.fetch_add(1, std::memory_order_relaxed);
  error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (!gone) {
    std::string counted = counted_address(peer.address());
    const auto verdict = limits_->admit(counted);
    if (verdict == http_connection_limits::verdict::admitted) {
      loop.adopt(std::move(socket), peer.address().to_string(), {limits_, std::move(counted)});
    } else {
      turn_away(std::move(socket), verdict);
    }
  }
  accept();
}

/// Says why, as far as that goes without waiting.
void http_acceptor::turn_away(tcp::socket socket, http_connection_limits::verdict why) {
  counters_.turned_away.fetch_add(1, std::memory_order_relaxed);
  const std::string message =
      why == http_connection_limits::verdict::too_many
          ? fmt::format("the server has its {} connections; close some or try later",
                        options_.max_connections)
          : fmt::format("there are {} connections from this address; keep and reuse them",
                        options_.max_connections_per_address);
  std::string bytes;
  append_http_response(bytes, make_http_error(503, runtime::name(errc::overloaded), message),
                       {.close = true});
  error_code ignored;
  socket.non_blocking(true, ignored);
  std::array<char, 4096> unread;  // bytes left unread would make the close a reset
  socket.read_some(asio::buffer(unread), ignored);
  socket.write_some(asio::buffer(bytes), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void http_acceptor::stop() {
  asio::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
    retry_timer_.cancel();
  });
}

}  // namespace perdure::transport
