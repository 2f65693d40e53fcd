#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace perdure::transport {

/// A topic as it is to be.
struct wanted_topic {
  std::string name;
  std::uint32_t partitions = 1;
  std::uint64_t record_bytes = 0;  ///< the largest record of Kafka's that must go in
  /// Its oldest records are deleted, and brokers give back whole segments only, so these are to be
  /// no larger. 0: nothing is deleted.
  std::uint64_t segment_bytes = 0;
};

/// A topic as the brokers describe it.
struct described_topic {
  std::uint32_t partitions = 0;
  std::uint32_t replicas = 0;                   ///< of the partition that has the fewest
  std::map<std::string, std::string> settings;  ///< all that the brokers tell
  /// So many, from the first on, hold all that was written. Asked for only where there are more
  /// or fewer partitions than are wanted.
  std::uint32_t used = 0;
};

enum class topic_verdict {
  right,
  advised,  ///< works, and could be safer
  wrong,    ///< could lose or reorder records, or refuse them: no node starts on it
};

/// One thing about a topic, compared with what it must be.
struct topic_finding {
  std::string topic;
  std::string setting;
  std::string is;
  std::string should_be;
  topic_verdict verdict = topic_verdict::right;
  std::string advice;  ///< the command that mends it; empty if it is right
};

/// Everything that matters about a topic, right or not, in a fixed order. `access` are the options
/// by which Kafka's own tools get at the brokers; they go into the advice.
std::vector<topic_finding> judge_topic(const wanted_topic& wanted, const described_topic& is,
                                       const std::string& access);

/// The settings to create a topic with that has so many replicas.
std::map<std::string, std::string> topic_settings(const wanted_topic& wanted,
                                                  std::uint32_t replicas);

/// The command by which an operator makes it, with so many replicas; `access` as above.
std::string creation(const wanted_topic& wanted, std::uint32_t replicas, const std::string& access);

/// One sentence for each finding that is wrong; empty: the topic may be used.
std::string refusal(const std::vector<topic_finding>& findings);

/// Replicas that a topic is made with: as many as are wanted, one where there is one broker. None
/// while none is registered: one that is slow is not counted for a moment, and still answers.
std::optional<std::uint32_t> replicas_of_new(std::uint32_t brokers, std::uint32_t wanted);

}  // namespace perdure::transport
