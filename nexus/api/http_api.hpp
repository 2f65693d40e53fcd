#pragma once

#include <memory>
#include <vector>

#include "nexus/api/api_call.hpp"
#include "nexus/api/route.hpp"

namespace perdure::nexus {

/// The HTTP/JSON API of docs/api.md over the in-process gateway. Takes whatever bytes a server
/// hands it; every answer but /metrics is JSON. Outlives the server that calls it, and every reply
/// that the gateway still owes.
class http_api final : public transport::http_handler {
 public:
  /// `gateway` has started: its agents do not change any more.
  http_api(runtime::client& gateway, metrics& measured, const runtime::clock& clock,
           api_options options);

  void handle(transport::http_request request, transport::http_responder responder) override;

 private:
  api_result<found_route> admit(const transport::http_request& request, request_target& target);

  const api_context context_;
  std::vector<request_metrics> measured_routes_;  // as all_routes()
  request_metrics measured_refusals_;
};

}  // namespace perdure::nexus
