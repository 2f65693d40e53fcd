#include "bench/http_echo/http_echo.hpp"

#include <fmt/format.h>

#include "transport/http_server.hpp"

namespace perdure::bench {
namespace {

class echo_handler final : public transport::http_handler {
 public:
  void handle(transport::http_request request, transport::http_responder responder) override {
    responder.send({.content_type = "application/json", .body = std::move(request.body)});
  }
};

}  // namespace

runtime::expected<http_load_result> measure_http_echo(std::size_t connections,
                                                      std::chrono::milliseconds duration) {
  echo_handler handler;
  auto server = transport::http_server::start({.threads = 1}, handler);
  if (!server) return std::unexpected(server.error());
  const transport::http_endpoint endpoint{"127.0.0.1", (*server)->port()};
  const std::string body = fmt::format("{{\"text\":\"{:x<53}\"}}", "");
  const std::string request = fmt::format(
      "POST /echo HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      to_string(endpoint), body.size(), body);
  return run_http_load({.server = endpoint,
                        .connections = connections,
                        .duration = duration,
                        .next_request = [&](std::string& out) { out += request; }});
}

}  // namespace perdure::bench
