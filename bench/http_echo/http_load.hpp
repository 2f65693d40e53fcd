#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "runtime/error.hpp"
#include "transport/http_endpoint.hpp"

namespace perdure::bench {

/// Load over HTTP from one thread: each connection sends its next request when the answer to the
/// last has come.
struct http_load_options {
  transport::http_endpoint server;
  std::size_t connections = 256;
  std::chrono::milliseconds warm_up{1'000};  ///< not counted
  std::chrono::milliseconds duration{5'000};
  std::function<void(std::string&)> next_request;  ///< appends one whole request
};

struct http_load_result {
  std::uint64_t answered = 0;  ///< with status 2xx
  std::uint64_t failed = 0;    ///< with another status
  double seconds = 0;
  double p50_us = 0, p99_us = 0;

  double per_second() const { return seconds > 0 ? static_cast<double>(answered) / seconds : 0; }
};

/// Errors: io_failed, unavailable: a connection could not be made, or broke.
runtime::expected<http_load_result> run_http_load(const http_load_options& options);

}  // namespace perdure::bench
