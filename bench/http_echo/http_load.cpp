#include "bench/http_echo/http_load.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <optional>
#include <vector>

#include <boost/asio.hpp>
#include <fmt/format.h>

namespace perdure::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

/// The size of the response that `bytes` begins with, if its header is there: what a load generator
/// needs of HTTP.
std::optional<std::size_t> response_size(std::string_view bytes) {
  constexpr std::string_view field = "Content-Length: ";
  const auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return {};
  std::size_t length = 0;
  if (const auto at = bytes.find(field); at < end) {
    std::from_chars(bytes.data() + at + field.size(), bytes.data() + end, length);
  }
  return end + 4 + length;
}

/// What all connections of one run share.
struct shared_run {
  const http_load_options& options;
  steady::time_point count_from, count_until;
  http_load_result result;
  std::vector<std::uint32_t> latencies_us;
  std::optional<std::string> broken;
};

class load_connection {
 public:
  load_connection(asio::io_context& io, shared_run& run) : run_(run), socket_(io) {}

  error_code connect(const tcp::endpoint& server) {
    error_code error;
    socket_.connect(server, error);
    if (!error) socket_.set_option(tcp::no_delay(true), error);
    if (!error) socket_.non_blocking(true, error);
    return error;
  }

  void send_next() {
    request_.clear();
    run_.options.next_request(request_);
    sent_at_ = steady::now();
    if (sent_at_ >= run_.count_until) {
      socket_.close();
      return;
    }
    asio::async_write(socket_, asio::buffer(request_),
                      [this](const error_code& error, std::size_t) {
                        if (error) fail(error);
                      });
    receive();
  }

 private:
  void receive() {
    socket_.async_read_some(asio::buffer(chunk_),
                            [this](const error_code& error, std::size_t count) {
                              if (error) return fail(error);
                              received_.append(chunk_.data(), count);
                              take_answer();
                            });
  }

  void take_answer() {
    const auto size = response_size(received_);
    if (!size || received_.size() < *size) return receive();
    const auto now = steady::now();
    if (sent_at_ >= run_.count_from && now < run_.count_until) {
      ++(received_[9] == '2' ? run_.result.answered : run_.result.failed);
      run_.latencies_us.push_back(static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - sent_at_).count()));
    }
    received_.erase(0, *size);
    send_next();
  }

  void fail(const error_code& error) {
    if (!run_.broken) run_.broken = error.message();
    error_code ignored;
    socket_.close(ignored);
  }

  shared_run& run_;
  tcp::socket socket_;
  std::string request_, received_;
  std::array<char, 4096> chunk_;
  steady::time_point sent_at_;
};

double percentile(std::vector<std::uint32_t>& values, double share) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

runtime::expected<http_load_result> run_http_load(const http_load_options& options) {
  asio::io_context io{1};
  error_code error;
  const tcp::endpoint server(asio::ip::make_address(options.server.host, error),
                             options.server.port);
  if (error) return runtime::fail(runtime::errc::invalid_argument, "the load needs an IP address");
  const auto start = steady::now();
  shared_run run{.options = options,
                 .count_from = start + options.warm_up,
                 .count_until = start + options.warm_up + options.duration,
                 .result = {},
                 .latencies_us = {},
                 .broken = {}};
  std::deque<load_connection> connections;
  for (std::size_t i = 0; i < options.connections; ++i) {
    if (const auto failed = connections.emplace_back(io, run).connect(server)) {
      return runtime::fail(
          runtime::errc::unavailable,
          fmt::format("connection {} to {}: {}", i, to_string(options.server), failed.message()));
    }
  }
  for (load_connection& connection : connections) connection.send_next();
  io.run();
  if (run.broken) return runtime::fail(runtime::errc::io_failed, *run.broken);
  run.result.seconds = std::chrono::duration<double>(options.duration).count();
  run.result.p50_us = percentile(run.latencies_us, 0.5);
  run.result.p99_us = percentile(run.latencies_us, 0.99);
  return run.result;
}

}  // namespace perdure::bench
