#include "transport/tcp_dialer.hpp"

#include <utility>

#include <pthread.h>

#include "transport/tcp_sockets.hpp"

namespace perdure::transport {

tcp_dialer::tcp_dialer(runtime::duration limit)
    : limit_(limit), thread_([this](const std::stop_token& stop) { work(stop); }) {}

void tcp_dialer::dial(std::string address,
                      std::function<void(runtime::expected<runtime::shared_socket>)> done) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return;
    waiting_.push_back({std::move(address), std::move(done)});
  }
  wake_.notify_one();
}

void tcp_dialer::stop() {
  std::deque<wish> dropped;
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    dropped = std::exchange(waiting_, {});
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void tcp_dialer::work(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "perdure.dial");
  while (!stop.stop_requested()) {
    wish next;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    const auto where = parse_host_port(next.address);
    if (where) {
      next.done(connect_to(*where, limit_));
    } else {
      next.done(runtime::fail(runtime::errc::unavailable,
                              next.address + " is no address: " + where.error().message));
    }
  }
}

}  // namespace perdure::transport
