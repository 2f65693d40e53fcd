#pragma once

#include <list>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/author/step_context.hpp"

namespace perdure::transport {

/// Runs coroutines of steps on one thread, and cancels those whose step is told to stop. The flag
/// that says so wakes nobody, so it is looked at every few milliseconds while something runs.
class awaitable_runner {
 public:
  awaitable_runner();
  /// Cancels what runs; ends when each coroutine has. What destroys it must not be one of them.
  ~awaitable_runner();
  awaitable_runner(const awaitable_runner&) = delete;
  awaitable_runner& operator=(const awaitable_runner&) = delete;

  /// Any thread. `ctx` lives until `body` has ended; `body` throws nothing.
  void run(const step_context& ctx, boost::asio::awaitable<void> body);

 private:
  struct attempt {
    const step_context* ctx;  ///< null: it has ended
    boost::asio::cancellation_signal signal;
    bool told = false;
  };

  static boost::asio::awaitable<void> follow(attempt& of, boost::asio::awaitable<void> body);
  void begin(const step_context& ctx, boost::asio::awaitable<void> body);
  void look();
  void look_later();
  static void tell(attempt& of);

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  // Of the thread alone.
  boost::asio::steady_timer next_look_;
  std::list<attempt> running_;
  bool looking_ = false, ending_ = false;
  std::jthread thread_;
};

}  // namespace perdure::transport
