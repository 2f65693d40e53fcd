#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nexus/api/api_error.hpp"
#include "nexus/api/api_options.hpp"
#include "nexus/api/fields.hpp"
#include "nexus/api/request_metrics.hpp"
#include "runtime/client.hpp"
#include "runtime/clock.hpp"
#include "transport/http_responder.hpp"

namespace perdure::nexus {

/// What all endpoints work with. Outlives every request.
struct api_context {
  runtime::client& gateway;
  metrics& measured;
  const runtime::clock& clock;
  const api_options options;
  const runtime::agent_catalogue own;  ///< what this node's agents take and give
};

/// The way back of one request, counted and timed. Any thread; copies share the responder.
class api_reply {
 public:
  api_reply(transport::http_responder responder, request_metrics& measured,
            const runtime::clock& clock)
      : responder_(std::move(responder)),
        measured_(&measured),
        clock_(&clock),
        since_(clock.monotonic()) {}

  void send(transport::http_response response) const {
    observe(response.status);
    responder_.send(std::move(response));
  }
  void fail(const api_error& error) const { send(to_response(error)); }

  /// Renders on the connection's thread: what the gateway calls us from has other work.
  void send_later(std::move_only_function<transport::http_response()> make) const {
    responder_.send_later([self = *this, make = std::move(make)]() mutable {
      transport::http_response response = make();
      self.observe(response.status);
      return response;
    });
  }

 private:
  void observe(unsigned status) const { measured_->observe(status, clock_->monotonic() - since_); }

  transport::http_responder responder_;
  request_metrics* measured_;
  const runtime::clock* clock_;
  runtime::timestamp since_;
};

/// One request under way.
struct api_call {
  const api_context& api;
  transport::http_request request;
  std::vector<std::pair<std::string_view, std::string>> parameters;  ///< of the path, by name
  fields query;
  api_reply reply;

  const std::string& parameter(std::string_view name) const;
  fields body() const { return {request.header("Content-Type"), request.body}; }
  /// The workflow that the path names, and the run that the query does.
  runtime::workflow_address target();
};

/// What to give the gateway: errors are answered, values rendered.
template <class T, class Render>
runtime::reply_to<T> answer(api_reply reply, Render render) {
  return [reply = std::move(reply), render = std::move(render)](runtime::expected<T> result) {
    if (!result) return reply.fail(std::move(result.error()));
    reply.send_later([render, value = *std::move(result)] { return render(value); });
  };
}

}  // namespace perdure::nexus
