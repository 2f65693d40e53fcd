#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/error.hpp"

namespace perdure::transport {

/// Where something listens: "10.0.0.7:7090", "node-1.internal:7090", "[::1]:7090".
struct host_port {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;

  /// Whether only this machine reaches it, as far as the text says.
  bool is_loopback() const;
  /// Whether it stands for all addresses of a machine, so that nobody can be told of it.
  bool is_any() const;
  std::string text() const;
};

/// Errors: invalid_argument, with what is wrong ("has no port").
runtime::expected<host_port> parse_host_port(std::string_view text);

}  // namespace perdure::transport
