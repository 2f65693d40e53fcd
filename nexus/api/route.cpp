#include "nexus/api/route.hpp"

#include <optional>

#include <fmt/format.h>

#include "nexus/api/fields.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;
using transport::http_method;

/// The parameters if `pattern` fits.
std::optional<std::vector<std::pair<std::string_view, std::string>>> match(
    std::string_view pattern, const std::vector<request_target::segment>& path) {
  std::vector<std::pair<std::string_view, std::string>> parameters;
  for (const auto& [raw, decoded] : path) {
    if (pattern.empty()) return {};
    pattern.remove_prefix(1);
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(wanted.size());
    if (wanted.starts_with('{')) {
      parameters.emplace_back(wanted.substr(1, wanted.size() - 2), decoded);
    } else if (raw != wanted) {
      return {};
    }
  }
  if (!pattern.empty()) return {};
  return parameters;
}

api_result<void> check_lengths(const found_route& found) {
  for (const auto& [name, value] : found.parameters) {
    if (value.size() > longest_id) {
      return refuse(errc::too_large, fmt::format("the {} in the path has {} bytes, the limit is {}",
                                                 name, value.size(), longest_id));
    }
  }
  return {};
}

}  // namespace

api_result<found_route> find_route(std::span<const route> routes, http_method method,
                                   const request_target& target) {
  if (method == http_method::head) method = http_method::get;
  std::string other_methods;
  for (const route& candidate : routes) {
    auto parameters = match(candidate.pattern, target.path);
    if (!parameters) continue;
    if (candidate.method != method) {
      other_methods += (other_methods.empty() ? "" : ", ");
      other_methods += transport::name(candidate.method);
      continue;
    }
    found_route found{&candidate, *std::move(parameters)};
    if (auto good = check_lengths(found); !good) return std::unexpected(std::move(good.error()));
    return found;
  }
  if (!other_methods.empty()) {
    return std::unexpected(
        api_error(405, errc::invalid_argument, "this path is for " + other_methods, other_methods));
  }
  return refuse(errc::not_found, "there is no such path; see docs/api.md");
}

}  // namespace perdure::nexus
