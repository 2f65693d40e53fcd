#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/log.hpp"
#include "transport/kafka/kafka_layout.hpp"

namespace perdure::transport {

/// A bundle that was read: its records live in a copy of its bytes, which their payloads share.
struct read_bundle {
  std::int64_t at = 0;         ///< Kafka's offset
  std::uint32_t checksum = 0;  ///< tells it from every other bundle
  std::size_t bytes = 0;
  std::vector<runtime::log_record> records;
};

/// Copies. Errors: corrupt, unsupported_format, with topic, partition and offset.
runtime::expected<read_bundle> read_bundle_of(const kafka_partition& from, std::int64_t at,
                                              std::string_view bytes);

}  // namespace perdure::transport
