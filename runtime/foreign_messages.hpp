#pragma once

#include <functional>
#include <string>

#include "runtime/ids.hpp"

namespace perdure::runtime {

/// A message for a partition whose log this node may not write.
struct foreign_message {
  partition_index source;
  partition_index target;
  message_number number;
  std::string record;            ///< encoded as the target's log will hold it
  std::function<void()> landed;  ///< called once when it is durable there, on any thread
};

/// How messages leave for namespaces that only other nodes serve (DESIGN 3.6,
/// docs/adr/0014-doors-between-processes.md). What has not landed is tried for ever, so an owner
/// hears of no failure; what is sent again replaces what waits of the same channel and number.
class foreign_messages {
 public:
  virtual ~foreign_messages() = default;
  /// Never blocks. Those of one channel land in the order of their numbers. Any thread.
  virtual void send(foreign_message message) = 0;
};

}  // namespace perdure::runtime
