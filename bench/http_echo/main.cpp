#include <cstdlib>

#include <fmt/format.h>

#include "bench/http_echo/http_echo.hpp"

/// http_echo [connections [seconds]]
int main(int argc, char** argv) {
  const std::size_t connections = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 256;
  const long seconds = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 5;
  const auto result = perdure::bench::measure_http_echo(connections, std::chrono::seconds(seconds));
  if (!result) {
    fmt::print(stderr, "http_echo: {}\n", result.error().message);
    return 1;
  }
  fmt::print(
      "echo: {:.0f} requests/s over {} connections, p50 {:.0f} us, p99 {:.0f} us, {} failed\n",
      result->per_second(), connections, result->p50_us, result->p99_us, result->failed);
  return result->failed == 0 ? 0 : 1;
}
