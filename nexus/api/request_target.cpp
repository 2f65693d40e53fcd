#include "nexus/api/request_target.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "nexus/api/percent_encoding.hpp"
#include "transport/http_json_text.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;

constexpr std::size_t most_query_parameters = 32;

/// Cuts off the front of `text` up to `separator`, and that too.
std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return front;
}

api_result<std::string> decode(std::string_view text, std::string_view what) {
  auto decoded = percent_decode(text);
  if (!decoded) {
    return refuse(errc::invalid_argument,
                  fmt::format("the {} has a '%' without two hexadecimal digits behind it", what));
  }
  if (!is_plain_text(*decoded)) {
    return refuse(errc::invalid_argument,
                  fmt::format("the {} is not UTF-8, or has control characters in it", what));
  }
  return *std::move(decoded);
}

api_result<std::vector<request_target::segment>> split_path(std::string_view path) {
  std::vector<request_target::segment> segments;
  path.remove_prefix(1);
  while (!path.empty()) {
    const bool last = path.find('/') == path.npos;
    const std::string_view raw = take_until(path, '/');
    if (raw.empty() || (!last && path.empty())) {
      return refuse(errc::invalid_argument,
                    "the path has an empty segment: leave out the second '/'");
    }
    auto decoded = decode(raw, "path");
    if (!decoded) return std::unexpected(std::move(decoded.error()));
    if (*decoded == "." || *decoded == "..") {
      return refuse(errc::invalid_argument,
                    "the path has a segment \".\" or \"..\": write the path out");
    }
    segments.push_back({raw, *std::move(decoded)});
  }
  return segments;
}

api_result<std::vector<request_target::parameter>> split_query(std::string query) {
  std::vector<request_target::parameter> parameters;
  std::ranges::replace(query, '+', ' ');
  for (std::string_view rest = query; !rest.empty();) {
    std::string_view pair = take_until(rest, '&');
    auto name = decode(take_until(pair, '='), "query");
    auto value = decode(pair, "query");
    if (!name || !value) return std::unexpected(std::move(!name ? name.error() : value.error()));
    const auto same_name = [&](const auto& other) { return other.name == *name; };
    if (std::ranges::any_of(parameters, same_name)) {
      return refuse(errc::invalid_argument, fmt::format("the query names \"{}\" twice", *name));
    }
    if (parameters.size() == most_query_parameters) {
      return refuse(errc::invalid_argument,
                    fmt::format("the query has more than {} parameters", most_query_parameters));
    }
    parameters.push_back({*std::move(name), *std::move(value)});
  }
  return parameters;
}

}  // namespace

bool is_plain_text(std::string_view text) {
  return transport::is_utf8(text) && std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F;
         });
}

api_result<request_target> request_target::parse(std::string_view target) {
  if (!target.starts_with('/')) {
    return refuse(errc::invalid_argument, "the request's target must be a path, like /v1/status");
  }
  if (target.find('#') != target.npos) {
    return refuse(errc::invalid_argument, "the request's target has a '#': encode it as %23");
  }
  std::string_view rest = target;
  auto segments = split_path(take_until(rest, '?'));
  if (!segments) return std::unexpected(std::move(segments.error()));
  auto parameters = split_query(std::string(rest));
  if (!parameters) return std::unexpected(std::move(parameters.error()));
  return request_target{*std::move(segments), *std::move(parameters)};
}

}  // namespace perdure::nexus
