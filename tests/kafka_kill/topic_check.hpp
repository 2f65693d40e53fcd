#pragma once

#include <span>
#include <string>
#include <vector>

#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::testing {

/// What the topics of a cluster hold, folded as a node does.
struct topic_check {
  std::vector<std::string> problems;
  std::size_t records = 0, consumed = 0, claims = 0, void_turns = 0, messages = 0;
};

/// Nothing is consumed twice, and what one partition's fold has numbered for another, that one's
/// has taken. REQUIRES: all work is done. With a `dump` each record is written there, one a line.
topic_check check_topics(const transport::kafka_options& kafka,
                         std::span<const transport::kafka_partition> partitions,
                         const std::string& dump = {});

}  // namespace perdure::testing
