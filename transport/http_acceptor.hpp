#pragma once

#include <memory>
#include <span>

#include <boost/asio.hpp>

#include "transport/http_loop.hpp"

namespace perdure::transport {

/// Takes connections in, within the limits, and gives them to the loops in turn. Lives on the first
/// loop's thread.
class http_acceptor {
 public:
  http_acceptor(const http_server_options& options,
                std::span<const std::unique_ptr<http_loop>> loops, http_counters& counters);

  /// Before the loops start. Error io_failed.
  runtime::expected<void> listen();
  std::uint16_t port() const { return port_; }
  std::size_t open_connections() const { return limits_->open(); }
  /// Any thread.
  void stop();

 private:
  void accept();
  void on_accept(http_loop& loop, const boost::system::error_code& error,
                 boost::asio::ip::tcp::socket socket);
  void turn_away(boost::asio::ip::tcp::socket socket, http_connection_limits::verdict why);

  const http_server_options& options_;
  const std::span<const std::unique_ptr<http_loop>> loops_;
  http_counters& counters_;
  const std::shared_ptr<http_connection_limits> limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_timer_;
  std::size_t next_loop_ = 0;
  std::uint16_t port_ = 0;
};

}  // namespace perdure::transport
