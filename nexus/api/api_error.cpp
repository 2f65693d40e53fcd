#include "nexus/api/api_error.hpp"

#include "transport/http_error.hpp"

namespace perdure::nexus {

using runtime::errc;

unsigned http_status(errc code) {
  switch (code) {
    case errc::invalid_argument:
      return 400;
    case errc::denied:
      return 403;
    case errc::not_found:
      return 404;
    case errc::already_exists:
    case errc::failed_state:
      return 409;
    case errc::too_late:
      return 410;
    case errc::too_large:
      return 413;
    case errc::overloaded:
      return 429;
    case errc::unavailable:
      return 503;
    case errc::timed_out:
      return 504;
    case errc::no_space:
      return 507;
    case errc::outcome_unknown:
    case errc::corrupt:
    case errc::unsupported_format:
    case errc::io_failed:
    case errc::locked:
      break;
  }
  return 500;
}

namespace {

void add_common_headers(transport::http_response& response) {
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
}

}  // namespace

transport::http_response to_response(const api_error& error) {
  auto response =
      transport::make_http_error(error.status, runtime::name(error.code), error.message);
  if (!error.allow.empty()) response.headers.push_back({"Allow", error.allow});
  add_common_headers(response);
  return response;
}

transport::http_response json_response(std::string body, unsigned status) {
  body += '\n';
  transport::http_response response{
      .status = status, .content_type = "application/json", .body = std::move(body)};
  add_common_headers(response);
  return response;
}

}  // namespace perdure::nexus
