#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/transport/http_raw_peer.hpp"
#include "transport/http_server.hpp"
#include "transport/system_clock.hpp"

namespace perdure::transport {

/// Answers /echo with the body at once and keeps every other request until the test answers it.
class keeping_handler final : public http_handler {
 public:
  struct kept_request {
    http_request request;
    http_responder responder;
  };

  void handle(http_request request, http_responder responder) override {
    if (request.target == "/echo") {
      responder.send({.content_type = "text/plain", .body = std::move(request.body)});
      return;
    }
    const std::lock_guard lock(mutex_);
    kept_.push_back({std::move(request), std::move(responder)});
    changed_.notify_all();
  }

  /// Waits for the next kept request.
  kept_request take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !kept_.empty(); });
    kept_request first = std::move(kept_.front());
    kept_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<kept_request> kept_;
};

struct http_server_test : testing::Test {
  void start() {
    auto started = http_server::start(options, handler);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }
  raw_peer connect() { return raw_peer(server->port()); }

  /// Waits until the server sees that many connections.
  bool has_connections(std::size_t count) const {
    const system_clock clock;
    const auto until = clock.monotonic() + runtime::seconds(10);
    while (server->statistics().open_connections != count) {
      if (clock.monotonic() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static std::string get(const std::string& target, const std::string& more = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
  }
  static std::string post(const std::string& target, const std::string& body) {
    return "POST " + target +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  http_server_options options;
  keeping_handler handler;
  std::unique_ptr<http_server> server;
};

}  // namespace perdure::transport
