#pragma once

#include <string>

#include "deploy/cli/command_context.hpp"
#include "deploy/node_settings.hpp"
#include "runtime/ids.hpp"

namespace perdure::deploy {

/// What of a log on Kafka is to be shown.
struct wanted_topic_dump {
  std::string topic;
  std::int32_t partition = 0;  ///< Kafka's number
  runtime::offset from;
};

/// Shows the records of a topic's partition up to its end of now.
void dump_topic(const wanted_topic_dump& wanted, const node_settings& settings,
                command_context& context);

}  // namespace perdure::deploy
