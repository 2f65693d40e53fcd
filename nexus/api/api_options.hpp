#pragma once

#include <string>
#include <vector>

#include "runtime/ids.hpp"

namespace perdure::nexus {

struct api_options {
  /// Names by which the server may be called in `Host`, beside "localhost" and IP addresses; "*"
  /// allows any. A web page that lets its own name resolve to this machine is refused by this.
  std::vector<std::string> allowed_hosts;
  /// A longer `wait` counts as this. Must be shorter than the server's request deadline.
  runtime::duration longest_wait = runtime::seconds(60);
};

}  // namespace perdure::nexus
