#pragma once

#include "bench/http_echo/http_load.hpp"

namespace perdure::bench {

/// How many requests a second the HTTP server of this process echoes: POST with 64 bytes, answered
/// by the handler at once, `connections` keep-alive connections, server and load on one machine.
runtime::expected<http_load_result> measure_http_echo(std::size_t connections,
                                                      std::chrono::milliseconds duration);

}  // namespace perdure::bench
