#include "transport/http_error.hpp"

#include "transport/http_json_text.hpp"

namespace perdure::transport {

http_response make_http_error(unsigned status, std::string_view code, std::string_view message) {
  http_response response{.status = status, .content_type = "application/json"};
  response.body = R"({"error":{"code":)";
  append_json_string(response.body, code);
  response.body += R"(,"message":)";
  append_json_string(response.body, message);
  response.body += "}}\n";
  if (status == 429 || status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace perdure::transport
