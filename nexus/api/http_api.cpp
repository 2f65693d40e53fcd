#include "nexus/api/http_api.hpp"

#include <utility>

#include "nexus/api/request_guard.hpp"

namespace perdure::nexus {

using runtime::errc;
using transport::http_method;

http_api::http_api(runtime::client& gateway, metrics& measured, const runtime::clock& clock,
                   api_options options)
    : context_{gateway, measured, clock, std::move(options),
               runtime::agent_catalogue{gateway.agents(), {}, nullptr}},
      measured_refusals_(measured, "any", "none") {
  for (const route& route : all_routes()) {
    measured_routes_.emplace_back(measured, std::string(transport::name(route.method)),
                                  std::string(route.pattern));
  }
}

/// The route, unless the request is refused before anything is done for it.
api_result<found_route> http_api::admit(const transport::http_request& request,
                                        request_target& target) {
  if (auto allowed = guard(request, context_.options); !allowed) {
    return std::unexpected(std::move(allowed.error()));
  }
  auto parsed = request_target::parse(request.target);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  target = *std::move(parsed);
  auto found = find_route(all_routes(), request.method, target);
  if (found && found->which->method == http_method::get && !request.body.empty()) {
    return refuse(errc::invalid_argument, "a GET takes no body: use the query of the path");
  }
  return found;
}

void http_api::handle(transport::http_request request, transport::http_responder responder) {
  request_target target;
  auto found = admit(request, target);
  if (!found) {
    const api_reply reply(std::move(responder), measured_refusals_, context_.clock);
    return reply.fail(found.error());
  }
  const auto which = static_cast<std::size_t>(found->which - all_routes().data());
  auto call = std::make_shared<api_call>(
      api_call{context_, std::move(request), std::move(found->parameters), fields(target.query),
               api_reply(std::move(responder), measured_routes_[which], context_.clock)});
  found->which->handle(std::move(call));
}

}  // namespace perdure::nexus
