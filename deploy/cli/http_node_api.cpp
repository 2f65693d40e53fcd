#include <utility>

#include <fmt/format.h>

#include "deploy/cli/node_api.hpp"
#include "transport/http_client.hpp"

namespace perdure::deploy {
namespace {

class http_node_api final : public node_api {
 public:
  explicit http_node_api(transport::http_endpoint server)
      : address_(to_string(server)), client_({.server = std::move(server)}) {}

  std::expected<json, api_failure> get(const std::string& path,
                                       runtime::duration deadline) override {
    return send({.method = transport::http_method::get, .target = path}, deadline);
  }

  std::expected<json, api_failure> post(const std::string& path, const json& body,
                                        runtime::duration deadline) override {
    transport::http_request request{.method = transport::http_method::post, .target = path};
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return send(request, deadline);
  }

 private:
  std::expected<json, api_failure> send(const transport::http_request& request,
                                        runtime::duration deadline) {
    const auto response = client_.send(request, deadline);
    if (!response) {
      const auto code = std::string(runtime::name(response.error().code));
      return std::unexpected(api_failure{
          exit_code_of(code), code,
          fmt::format("no answer from the node at {}: {}", address_, response.error().message)});
    }
    auto answer = json::parse(response->body, nullptr, false);
    if (response->status >= 200 && response->status < 300 && !answer.is_discarded()) return answer;
    return std::unexpected(failure_of(response->status, answer));
  }

  api_failure failure_of(unsigned status, const json& answer) const {
    const auto error = answer.is_object() ? answer.find("error") : answer.end();
    if (error == answer.end() || !error->is_object()) {
      return {
          exit_code::failed, "",
          fmt::format("what answers at {} is no Perdure node: HTTP status {}", address_, status)};
    }
    auto code = text_of(*error, "code");
    return {exit_code_of(code), code, text_of(*error, "message")};
  }

  std::string address_;
  transport::http_client client_;
};

}  // namespace

std::expected<std::unique_ptr<node_api>, api_failure> connect_by_http(const std::string& address) {
  auto server = transport::parse_http_endpoint(address);
  if (!server) {
    return std::unexpected(api_failure{exit_code::usage, "", "--node: " + server.error().message});
  }
  return std::make_unique<http_node_api>(std::move(*server));
}

}  // namespace perdure::deploy
