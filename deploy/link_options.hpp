#pragma once

#include <string>
#include <vector>

#include "runtime/error.hpp"
#include "transport/host_port.hpp"

namespace perdure::deploy {

/// How the nodes of a cluster reach each other (docs/adr/0013-links-between-nodes.md). What listens
/// there asks nobody who he is.
struct link_options {
  std::string listen = "127.0.0.1:0";  ///< port 0: any free one
  std::string advertise;               ///< what the others are told; empty: where it listens

  /// Sentences for people; none: all is well.
  std::vector<std::string> check() const;
  /// What the others are told, of a node that listens at `port`. REQUIRES: checked.
  std::string address(std::uint16_t port) const;
};

}  // namespace perdure::deploy
