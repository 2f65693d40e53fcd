#include <stdexcept>

#include "bench/agents.hpp"
#include "bench/http_echo/http_echo.hpp"
#include "bench/measured_node.hpp"
#include "bench/row.hpp"
#include "nexus/api/http_api.hpp"

namespace perdure::bench {
namespace {

constexpr std::size_t connections = 256;

http_load_result value(runtime::expected<http_load_result> measured) {
  if (!measured) throw std::runtime_error(measured.error().message);
  if (measured->failed != 0)
    throw std::runtime_error(fmt::format("{} requests were refused", measured->failed));
  return *measured;
}

}  // namespace

void measure_echo(results& all) {
  all.add("echo", connections,
          value(measure_http_echo(connections, std::chrono::seconds(5))).per_second(),
          "requests/s");
}

void measure_step_http(results& all) {
  registry offered("bench");
  register_bench_agents(offered);
  measured_node node(offered);
  nexus::metrics measured;
  const transport::system_clock clock;
  nexus::http_api api(node.client(), measured, clock, {});
  auto server = transport::http_server::start({}, api);
  if (!server) throw std::runtime_error(server.error().message);
  const transport::http_endpoint endpoint{"127.0.0.1", (*server)->port()};
  const std::string body =
      fmt::format(R"({{"agent":"{}","operation":"Ten","wait":"30s"}})", agent_name);
  const std::string request = fmt::format(
      "POST /v1/namespaces/bench/workflows HTTP/1.1\r\nHost: {}\r\nContent-Type: "
      "application/json\r\nContent-Length: {}\r\n\r\n{}",
      to_string(endpoint), body.size(), body);
  constexpr std::chrono::seconds lasts(5);
  all.disk.begin();
  all.disk.sample(200);
  const auto cpu_begin = cpu_seconds();
  const auto load =
      value(run_http_load({.server = endpoint,
                           .connections = connections,
                           .duration = lasts,
                           .next_request = [&request](std::string& out) { out += request; }}));
  const spent took{static_cast<double>(lasts.count()), cpu_seconds() - cpu_begin};
  all.disk.sample(200);
  all.add_rate("step_http", connections, load.per_second() * took.seconds * 10, took, "steps/s");
  (*server)->stop();
}

}  // namespace perdure::bench
