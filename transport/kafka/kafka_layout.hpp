#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/ids.hpp"

namespace perdure::transport {

/// A topic, and which partition of the installation each of its partitions is.
struct kafka_topic {
  std::string name;
  std::string group;  ///< where operators see how far it was read; empty: nowhere
  std::vector<runtime::partition_index> partitions;  ///< by Kafka's number
  /// Opening reads only so many of each partition's newest bundles, and the oldest may go; 0: all
  /// are needed.
  std::int64_t newest = 0;
  /// Of those whose oldest may go: they are deleted no more often than that, and not before they
  /// were not needed for as long. 10 ms or more.
  runtime::duration trim_every = runtime::seconds(600);
};

/// One partition as Kafka and as the installation name it.
struct kafka_partition {
  std::string topic;
  std::string group;
  std::int32_t number = 0;
  runtime::partition_index index;
  std::int64_t newest = 0;  ///< as of its topic, and so is the next
  runtime::duration trim_every{};
};

/// All partitions that a log has, numbered from 0 in their order here. Fixed while it is open.
class kafka_layout {
 public:
  explicit kafka_layout(std::span<const kafka_topic> topics) {
    for (const auto& topic : topics) {
      for (std::size_t number = 0; number < topic.partitions.size(); ++number) {
        const auto index = topic.partitions[number];
        numbers_[index] = all_.size();
        all_.push_back({topic.name, topic.group, static_cast<std::int32_t>(number), index,
                        topic.newest, topic.trim_every});
      }
    }
  }

  std::size_t size() const { return all_.size(); }
  const kafka_partition& operator[](std::size_t number) const { return all_[number]; }
  const std::vector<kafka_partition>& all() const { return all_; }

  std::optional<std::size_t> find(runtime::partition_index index) const {
    const auto found = numbers_.find(index);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::vector<kafka_partition> all_;
  std::map<runtime::partition_index, std::size_t> numbers_;
};

}  // namespace perdure::transport
