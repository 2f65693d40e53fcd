#include "transport/awaitable_runner.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace perdure::transport {
namespace {

constexpr std::chrono::milliseconds between_looks(10);

}  // namespace

awaitable_runner::awaitable_runner()
    : guard_(boost::asio::make_work_guard(io_)), next_look_(io_), thread_([this] { io_.run(); }) {}

awaitable_runner::~awaitable_runner() {
  boost::asio::post(io_, [this] {
    ending_ = true;
    next_look_.cancel();
    for (auto& one : running_) tell(one);
    guard_.reset();
  });
  thread_.join();
}

void awaitable_runner::run(const step_context& ctx, boost::asio::awaitable<void> body) {
  boost::asio::post(
      io_, [this, &ctx, body = std::move(body)]() mutable { begin(ctx, std::move(body)); });
}

/// From its end on, the step's context may be gone.
boost::asio::awaitable<void> awaitable_runner::follow(attempt& of,
                                                      boost::asio::awaitable<void> body) {
  co_await std::move(body);
  of.ctx = nullptr;
}

void awaitable_runner::begin(const step_context& ctx, boost::asio::awaitable<void> body) {
  const auto place = running_.emplace(running_.end());
  place->ctx = &ctx;
  auto ended = [this, place](const std::exception_ptr&) { running_.erase(place); };
  boost::asio::co_spawn(
      io_, follow(*place, std::move(body)),
      boost::asio::bind_cancellation_slot(place->signal.slot(), std::move(ended)));
  if (!looking_ && !running_.empty()) look_later();
}

void awaitable_runner::look_later() {
  looking_ = true;
  next_look_.expires_after(between_looks);
  next_look_.async_wait([this](const boost::system::error_code&) {
    looking_ = false;
    if (!ending_) look();
  });
}

void awaitable_runner::look() {
  for (auto& one : running_) {
    if (one.ctx != nullptr && one.ctx->is_cancelled()) tell(one);
  }
  if (!running_.empty()) look_later();
}

void awaitable_runner::tell(attempt& of) {
  if (!std::exchange(of.told, true)) of.signal.emit(boost::asio::cancellation_type::terminal);
}

}  // namespace perdure::transport
