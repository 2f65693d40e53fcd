#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "transport/http_message.hpp"

namespace perdure::transport {

/// A response, or what makes one. The second form is for answers that come from a thread which has
/// better things to do than to render them: it is called on the connection's own thread.
using http_reply = std::variant<http_response, std::move_only_function<http_response()>>;

/// Where an answer goes. Called at most once.
class http_response_sink {
 public:
  virtual ~http_response_sink() = default;
  virtual void send(http_reply reply) = 0;
};

/// The right to answer one request, from any thread, now or later. Copies share it: the first
/// answer counts, later ones are ignored; when the last copy goes without an answer, the client
/// gets a 500. Harmless after the client left or the server stopped.
class http_responder {
 public:
  explicit http_responder(std::shared_ptr<http_response_sink> sink) : sink_(std::move(sink)) {}

  void send(http_response response) const { sink_->send(std::move(response)); }
  /// `make` runs on the connection's thread, unless the client has left by then.
  void send_later(std::move_only_function<http_response()> make) const {
    sink_->send(std::move(make));
  }

 private:
  std::shared_ptr<http_response_sink> sink_;
};

/// What a server calls for each request. Runs on the threads of the server: it must not block, and
/// may answer at once or keep the responder.
class http_handler {
 public:
  virtual ~http_handler() = default;
  virtual void handle(http_request request, http_responder responder) = 0;
};

}  // namespace perdure::transport
