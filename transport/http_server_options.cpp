#include "transport/http_server_options.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace perdure::transport {

using runtime::errc;

runtime::expected<void> check(const http_server_options& options) {
  const auto within = [](std::string_view name, std::size_t value, std::size_t least,
                         std::size_t most) -> runtime::expected<void> {
    if (value >= least && value <= most) return {};
    return runtime::fail(
        errc::invalid_argument,
        fmt::format("HTTP server: {} is {}, it must be {}…{}", name, value, least, most));
  };
  constexpr std::size_t mebi = 1024 * 1024;
  for (const auto& result :
       {within("threads", options.threads, 1, 64),
        within("header_bytes", options.limits.header_bytes, 256, mebi),
        within("header_fields", options.limits.header_fields, 1, 10'000),
        within("target_bytes", options.limits.target_bytes, 1, options.limits.header_bytes),
        within("body_bytes", options.limits.body_bytes, 0, 1024 * mebi),
        within("max_connections", options.max_connections, 1, 1'000'000),
        within("max_connections_per_address", options.max_connections_per_address, 1, 1'000'000)}) {
    if (!result) return result;
  }
  using named_deadline = std::pair<std::string_view, runtime::duration>;
  for (const auto& [name, value] :
       std::array<named_deadline, 7>{{{"header_deadline", options.header_deadline},
                                      {"body_deadline", options.body_deadline},
                                      {"idle_deadline", options.idle_deadline},
                                      {"request_deadline", options.request_deadline},
                                      {"write_deadline", options.write_deadline},
                                      {"half_closed_grace", options.half_closed_grace},
                                      {"stop_grace", options.stop_grace}}}) {
    if (value < runtime::milliseconds(1) || value > runtime::seconds(86'400)) {
      return runtime::fail(
          errc::invalid_argument,
          fmt::format("HTTP server: {} is {} us, it must be 1 ms…1 day", name, value.us));
    }
  }
  return {};
}

}  // namespace perdure::transport
