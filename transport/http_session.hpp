#pragma once

#include <memory>
#include <string>

#include <boost/asio.hpp>

#include "transport/http_loop.hpp"

namespace perdure::transport {

/// One connection. Requests are answered one at a time, in the order sent, however many are
/// pipelined; all answers that are ready go out in one write. While a handler thinks, one read
/// stays open, so that a client's going is seen.
///
///   idle -> header -> body -> handling -> idle …      what the client owes, or we do
///   any  -> lingering -> closed                        after a refusal: read until the client, who
///                                                      may still be sending, has seen our answer
class http_session : public std::enable_shared_from_this<http_session> {
 public:
  using socket = boost::asio::ip::tcp::socket;

  http_session(http_loop& loop, std::uint64_t id, socket connection, std::string address,
               http_connection_limits::ticket ticket);

  void start();
  /// An answer that came later. One for a request which is no longer waited for is dropped.
  void reply(std::uint64_t number, http_reply answer);
  /// No further request; the one under way ends.
  void drain();
  void close();

  bool is_late(runtime::timestamp now) const;
  /// REQUIRES: is_late().
  void give_up();

 private:
  enum class phase : std::uint8_t { idle, header, body, handling, lingering };

  void enter(phase next);
  void set_deadline(runtime::duration from_now);
  void read();
  void on_read(const boost::system::error_code& error, std::size_t count);
  void on_end();
  void advance();
  bool take_request();
  void settle();
  void respond(http_reply answer);
  void refuse(unsigned status, std::string_view code, std::string_view message);
  void flush();
  void write_rest();
  void on_written(const boost::system::error_code& error, std::size_t count);
  void finish();

  std::string_view pending() const { return {input_.get() + begin_, end_ - begin_}; }

  http_loop& loop_;
  const std::uint64_t id_;
  socket socket_;
  const std::string address_;
  const http_connection_limits::ticket ticket_;
  http_request_reader reader_;

  const std::size_t input_size_;
  const std::unique_ptr<char[]> input_;  // bytes from begin_ to end_ were read and not yet taken
  std::size_t begin_ = 0, end_ = 0;
  std::string output_;   // answers not yet given to the socket
  std::string sending_;  // being written, from sent_
  std::size_t sent_ = 0;

  phase phase_ = phase::idle;
  runtime::timestamp deadline_, write_deadline_;
  std::uint64_t number_ = 0;  // of the last request
  bool keep_alive_ = true;    // what the last request asked for
  bool head_ = false;         // it was HEAD
  bool continued_ = false;    // it was sent "100 Continue"
  bool reading_ = false, writing_ = false;
  bool heard_ = false;       // the client has sent something
  bool ending_ = false;      // nothing is answered any more
  bool refused_ = false;     // and that because of what the client sent
  bool draining_ = false;    // the server stops
  bool peer_ended_ = false;  // the client sends no more
  bool closed_ = false;
};

}  // namespace perdure::transport
