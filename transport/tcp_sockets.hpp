#pragma once

#include <cstdint>

#include "runtime/dialer.hpp"
#include "runtime/ids.hpp"
#include "transport/host_port.hpp"

namespace perdure::transport {

/// How long a machine may say nothing until its connections are ended.
inline constexpr runtime::duration longest_silence = runtime::seconds(10);

/// A socket that listens. Connections that come of it are ended after `longest_silence`, as those
/// of `connect_to` are.
struct tcp_listener {
  runtime::shared_socket socket;
  std::uint16_t port = 0;  ///< the real one
};

/// Listens; port 0: at any free one. Errors: io_failed, with the system's words.
runtime::expected<tcp_listener> listen_at(const host_port& where);

/// Connects; blocks for `limit` at most, and as long as the system takes to find a host's name.
/// Errors: unavailable, with the system's words.
runtime::expected<runtime::shared_socket> connect_to(const host_port& where,
                                                     runtime::duration limit);

}  // namespace perdure::transport
