#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio.hpp>
#include <poll.h>
#include <sys/socket.h>

namespace perdure::transport {

/// A client that sends whatever bytes a test wants, and waits at most ten seconds for an answer.
class raw_peer {
 public:
  explicit raw_peer(std::uint16_t port, const char* address = "127.0.0.1") {
    socket_.connect({boost::asio::ip::make_address(address), port});
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  /// False if the server has already closed.
  bool send(std::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes), error);
    return !error;
  }

  void end_sending() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }

  struct answer {
    unsigned status = 0;
    std::string header, body;
    bool has(std::string_view text) const { return header.find(text) != header.npos; }
  };

  /// The next response, empty if the connection ended (or nothing came) before its end.
  enum class expects : std::uint8_t { body, header_alone };
  std::optional<answer> receive(expects what = expects::body) {
    while (received_.find("\r\n\r\n") == std::string::npos) {
      if (!receive_more()) return {};
    }
    answer result;
    const auto header_end = received_.find("\r\n\r\n") + 4;
    result.header = received_.substr(0, header_end);
    received_.erase(0, header_end);
    result.status = static_cast<unsigned>(std::stoul(result.header.substr(9, 3)));
    std::size_t length = 0;
    if (what == expects::header_alone) return result;
    if (const auto at = result.header.find("Content-Length: "); at != std::string::npos) {
      length = std::stoul(result.header.substr(at + 16));
    }
    while (received_.size() < length) {
      if (!receive_more()) return {};
    }
    result.body = received_.substr(0, length);
    received_.erase(0, length);
    return result;
  }

  bool answered_within(std::chrono::milliseconds patience) {
    pollfd waited{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    return ::poll(&waited, 1, static_cast<int>(patience.count())) > 0;
  }

  /// True once the server has closed without sending anything more.
  bool at_end() { return received_.empty() && !receive_more() && received_.empty() && ended_; }

 private:
  bool receive_more() {
    char bytes[4096];
    const auto count = ::recv(socket_.native_handle(), bytes, sizeof bytes, 0);
    ended_ = count == 0 || (count < 0 && errno == ECONNRESET);
    if (count <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  std::string received_;
  bool ended_ = false;
};

}  // namespace perdure::transport
