#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include <boost/asio.hpp>

#include "transport/http_connection_limits.hpp"
#include "transport/http_reply_queue.hpp"
#include "transport/http_server_options.hpp"

namespace perdure::transport {

class http_session;

/// Counts over a server's life.
struct http_counters {
  std::atomic<std::uint64_t> accepted{0}, turned_away{0}, requests{0}, refused{0};
};

/// One thread of a server with its event loop and its connections. What a connection does happens
/// on this thread alone, so sessions need no locks.
class http_loop {
 public:
  http_loop(const http_server_options& options, const runtime::clock& clock, http_handler& handler,
            http_counters& counters);
  ~http_loop();
  http_loop(const http_loop&) = delete;
  http_loop& operator=(const http_loop&) = delete;

  void start();
  boost::asio::io_context& io() { return io_; }

  /// Any thread: takes over a fresh connection.
  void adopt(boost::asio::ip::tcp::socket socket, std::string address,
             http_connection_limits::ticket ticket);
  /// Any thread: lets requests under way end, within `stop_grace`, then leaves the thread.
  void begin_stop();
  void join();

  // For sessions, on the loop's thread.
  const http_server_options& options() const { return options_; }
  http_counters& counters() { return counters_; }
  const std::string& date() const { return date_; }
  runtime::timestamp now() const { return clock_.monotonic(); }
  std::optional<http_reply> dispatch(http_request_id id, http_request request);
  void forget(std::uint64_t connection);

 private:
  void deliver();
  void schedule_sweep();
  void sweep();
  void update_date();
  void end_if_stopped();

  const http_server_options& options_;
  const runtime::clock& clock_;
  http_handler& handler_;
  http_counters& counters_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer sweep_timer_;
  const std::chrono::microseconds sweep_interval_;
  std::shared_ptr<http_reply_queue> replies_;
  std::unordered_map<std::uint64_t, std::shared_ptr<http_session>> sessions_;
  std::uint64_t last_connection_ = 0;
  std::string date_;
  std::int64_t date_second_ = -1;
  bool stopping_ = false;
  runtime::timestamp stop_deadline_;
  std::jthread thread_;
};

}  // namespace perdure::transport
