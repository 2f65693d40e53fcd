#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runtime/error.hpp"
#include "transport/kafka/client_complaints.hpp"
#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::transport {

/// Tells consumer groups how far partitions were applied, without joining them: for dashboards of
/// lag. One client for each group; the request of administration that would do with one for all
/// makes librdkafka 2.0.2 abort the process when a broker goes at the wrong moment. One thread.
class kafka_groups {
 public:
  explicit kafka_groups(kafka_options options) : options_(std::move(options)) {}

  /// `applied`: the place behind the last, by partition of the layout. Errors: as the client, and
  /// `unavailable` if the group has not answered in time.
  runtime::expected<void> tell(const std::string& group,
                               const std::map<std::size_t, std::int64_t>& applied,
                               const kafka_layout& layout, runtime::duration patience);

 private:
  struct group {
    kafka_client client;
    std::unique_ptr<client_complaints> complaints;
    kafka_queue answers;
  };

  runtime::expected<group*> find(const std::string& name);

  const kafka_options options_;
  std::map<std::string, group> groups_;
};

}  // namespace perdure::transport
