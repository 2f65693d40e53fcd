#pragma once

#include <span>
#include <string>
#include <string_view>

namespace perdure::transport {

/// What an operator sees of a bundle with Kafka's own tools: its key and headers. Nothing reads it
/// back.
struct bundle_labels {
  std::string workflow;  ///< also the key; empty unless all records name that one workflow
  std::string kinds;     ///< "turn,step_result", in the order in which they come
};

/// Records that are none make no labels.
bundle_labels labels_of(std::span<const std::string_view> records);

}  // namespace perdure::transport
