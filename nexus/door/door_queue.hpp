#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "nexus/door/door_wire.hpp"
#include "runtime/foreign_messages.hpp"

namespace perdure::nexus {

/// What goes in one delivery, at most; a single record that is larger goes alone.
struct delivery_limits {
  std::size_t entries = 1'000;
  std::size_t bytes = std::size_t{1} << 20;
};

/// Messages from one namespace to another that are not known to be durable there: by channel, in
/// the order of their numbers (DESIGN 3.2). One delivery is on its way at a time. Pure; not
/// thread-safe.
class door_queue {
 public:
  /// One of a channel and number that waits already takes its place: the same message, of a later
  /// owner.
  void add(runtime::foreign_message message, runtime::timestamp now);

  /// What goes next: of each channel the lowest numbers, channels by turns. Without entries:
  /// nothing waits. What went before counts as not delivered.
  const door_wire::Delivery& next_delivery(const delivery_limits& limits);
  /// What the door has said about it: takes these out, and gives what their senders want to hear.
  std::vector<std::function<void()>> take_landed(const door_wire::Receipt& receipt);

  std::size_t size() const { return size_; }
  /// When the one that waits longest came; 0: none does.
  runtime::timestamp oldest() const;

 private:
  struct channel {
    runtime::partition_index source, target;
    auto operator<=>(const channel&) const = default;
  };
  struct entry {
    runtime::foreign_message message;
    runtime::timestamp came;
    std::uint64_t version = 0;  ///< which of several equal ones it is
  };
  struct sent_entry {
    channel of;
    runtime::message_number number;
    std::uint64_t version = 0;
  };
  using channel_entries = std::map<runtime::message_number, entry>;

  bool add_channel(const channel& of, const channel_entries& entries, const delivery_limits& limits,
                   std::size_t& bytes);

  std::map<channel, channel_entries> channels_;
  std::size_t size_ = 0;
  std::uint64_t last_version_ = 0;
  channel last_first_;  ///< which channel the last delivery began with
  door_wire::Delivery delivery_;
  std::vector<sent_entry> sent_;  ///< as in delivery_
};

}  // namespace perdure::nexus
