#include "transport/http_session.hpp"

#include <cstring>
#include <exception>
#include <utility>

#include "runtime/error.hpp"
#include "transport/http_error.hpp"
#include "transport/http_response_writer.hpp"

namespace perdure::transport {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using runtime::errc;

constexpr std::size_t write_soon_bytes = 128 * 1024;  // answers kept back for one write, at most
constexpr runtime::duration linger_time = runtime::seconds(2);

http_response render(http_reply& answer) {
  if (auto* ready = std::get_if<http_response>(&answer)) return std::move(*ready);
  try {
    return std::get<1>(answer)();
  } catch (const std::exception&) {
    return make_http_error(500, "internal", "the server could not render its answer");
  }
}

}  // namespace

http_session::http_session(http_loop& loop, std::uint64_t id, socket connection,
                           std::string address, http_connection_limits::ticket ticket)
    : loop_(loop),
      id_(id),
      socket_(std::move(connection)),
      address_(std::move(address)),
      ticket_(std::move(ticket)),
      reader_(loop.options().limits),
      input_size_(loop.options().limits.header_bytes),
      input_(std::make_unique_for_overwrite<char[]>(input_size_)) {}

void http_session::start() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  enter(phase::header);
  read();
}

void http_session::enter(phase next) {
  const http_server_options& options = loop_.options();
  phase_ = next;
  switch (next) {
    case phase::idle:
      return set_deadline(options.idle_deadline);
    case phase::header:
      return set_deadline(options.header_deadline);
    case phase::body:
      return set_deadline(options.body_deadline);
    case phase::handling:
      return set_deadline(options.request_deadline);
    case phase::lingering:
      return set_deadline(linger_time);
  }
}

void http_session::set_deadline(runtime::duration from_now) { deadline_ = loop_.now() + from_now; }

void http_session::read() {
  if (reading_ || closed_ || peer_ended_ || end_ == input_size_) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(input_.get() + end_, input_size_ - end_),
                          [self = shared_from_this()](const error_code& error, std::size_t count) {
                            self->on_read(error, count);
                          });
}

void http_session::on_read(const error_code& error, std::size_t count) {
  reading_ = false;
  if (closed_) return;
  if (error == asio::error::eof) return on_end();
  if (error) return close();
  if (phase_ == phase::lingering) return read();  // over the same bytes: nobody wants them
  heard_ = true;
  end_ += count;
  advance();
}

/// The client sends no more. It may have left, or wait for its answer: that we cannot tell.
void http_session::on_end() {
  peer_ended_ = true;
  if (phase_ == phase::handling) {
    deadline_ = std::min(deadline_, loop_.now() + loop_.options().half_closed_grace);
  } else if (!writing_) {
    close();
  }
}

/// Answers what has arrived, as far as that goes without waiting.
void http_session::advance() {
  while (phase_ != phase::handling && !writing_ && !ending_ && !closed_ && begin_ < end_) {
    if (!take_request()) break;
    if (output_.size() >= write_soon_bytes) flush();
  }
  settle();
}

/// False if the rest of the request has yet to come.
bool http_session::take_request() {
  if (phase_ == phase::idle) enter(phase::header);
  begin_ += reader_.take(pending());
  switch (reader_.current()) {
    case http_request_reader::state::needs_more:
      if (!reader_.header_complete()) return false;
      if (phase_ == phase::header) enter(phase::body);
      if (reader_.wants_continue() && !std::exchange(continued_, true)) {
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
      }
      return false;
    case http_request_reader::state::refused:
      loop_.counters().refused.fetch_add(1, std::memory_order_relaxed);
      refuse(reader_.why().status, reader_.why().code, reader_.why().message);
      return false;
    case http_request_reader::state::complete:
      break;
  }
  keep_alive_ = reader_.keep_alive();
  continued_ = false;
  http_request request = reader_.finish();
  head_ = request.method == http_method::head;
  request.remote_address = address_;
  enter(phase::handling);
  if (auto answer = loop_.dispatch({id_, ++number_}, std::move(request))) {
    respond(std::move(*answer));
  }
  return true;
}

/// Sends what is ready and arranges for what comes next.
void http_session::settle() {
  if (closed_) return;
  if (begin_ > 0) {
    std::memmove(input_.get(), input_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  flush();
  if (closed_ || writing_) return;
  if (phase_ != phase::handling) {
    if (ending_ || draining_) return finish();
    if (peer_ended_) return close();
  }
  read();
}

void http_session::reply(std::uint64_t number, http_reply answer) {
  if (closed_ || phase_ != phase::handling || number != number_) return;
  respond(std::move(answer));
  advance();
}

void http_session::respond(http_reply answer) {
  const bool last = !keep_alive_ || draining_;
  append_http_response(output_, render(answer),
                       {.head = head_, .close = last, .date = loop_.date()});
  ending_ = ending_ || last;
  enter(phase::idle);
}

void http_session::refuse(unsigned status, std::string_view code, std::string_view message) {
  append_http_response(output_, make_http_error(status, code, message),
                       {.close = true, .date = loop_.date()});
  ending_ = refused_ = true;
  enter(phase::idle);
}

void http_session::flush() {
  if (writing_ || closed_ || output_.empty()) return;
  error_code error;
  const std::size_t count = socket_.write_some(asio::buffer(output_), error);
  if (error && error != asio::error::would_block) return close();
  if (count == output_.size()) {
    output_.clear();
    return;
  }
  sending_ = std::exchange(output_, {});
  sent_ = count;
  write_rest();
}

void http_session::write_rest() {
  writing_ = true;
  write_deadline_ = loop_.now() + loop_.options().write_deadline;
  socket_.async_write_some(asio::buffer(sending_.data() + sent_, sending_.size() - sent_),
                           [self = shared_from_this()](const error_code& error, std::size_t count) {
                             self->on_written(error, count);
                           });
}

void http_session::on_written(const error_code& error, std::size_t count) {
  if (closed_) return;
  if (error) return close();
  sent_ += count;
  if (sent_ < sending_.size()) return write_rest();
  sending_ = {};
  writing_ = false;
  advance();
}

/// Everything is sent. To close with bytes unread would take our last answer from the client's
/// hands (TCP sends a reset), so what still arrives is read for a short time.
void http_session::finish() {
  if (phase_ == phase::lingering) return read();
  if (peer_ended_ || (!refused_ && begin_ == end_)) return close();
  error_code ignored;
  socket_.shutdown(socket::shutdown_send, ignored);
  begin_ = end_ = 0;
  enter(phase::lingering);
  read();
}

void http_session::drain() {
  draining_ = true;
  if (phase_ != phase::handling && !writing_) close();
}

bool http_session::is_late(runtime::timestamp now) const {
  return (writing_ && now >= write_deadline_) || (!writing_ && now >= deadline_);
}

void http_session::give_up() {
  if (closed_) return;
  if (writing_ || peer_ended_ || !heard_ || phase_ == phase::idle || phase_ == phase::lingering) {
    return close();
  }
  if (phase_ == phase::handling) {
    refuse(504, runtime::name(errc::timed_out),
           "the request took longer than the server waits; whether it is carried out is not known");
  } else {
    refuse(408, runtime::name(errc::timed_out),
           "the request did not arrive within the time allowed; send it at once");
  }
  settle();
}

void http_session::close() {
  if (std::exchange(closed_, true)) return;
  error_code ignored;
  socket_.close(ignored);
  const auto self = shared_from_this();
  loop_.forget(id_);
}

}  // namespace perdure::transport
