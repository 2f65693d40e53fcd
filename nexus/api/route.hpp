#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nexus/api/request_target.hpp"

namespace perdure::nexus {

struct api_call;

/// What a route does. It answers through the call's reply, now or later.
using endpoint = void (*)(std::shared_ptr<api_call> call);

/// One line of the API: docs/api.md has a section for each.
struct route {
  transport::http_method method;
  std::string_view pattern;  ///< "/v1/namespaces/{namespace}/workflows"
  endpoint handle;
};

/// The whole API.
std::span<const route> all_routes();

struct found_route {
  const route* which = nullptr;
  std::vector<std::pair<std::string_view, std::string>> parameters;  ///< by name, decoded
};

/// A literal segment matches only itself, byte for byte, as sent; a parameter matches any one
/// segment. HEAD is answered as GET. Errors: not_found, or 405 with the methods that there are.
api_result<found_route> find_route(std::span<const route> routes, transport::http_method method,
                                   const request_target& target);

}  // namespace perdure::nexus
