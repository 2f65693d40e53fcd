#pragma once

#include <functional>
#include <string>

#include "runtime/error.hpp"
#include "runtime/ids.hpp"
#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::transport {

/// Hears of each message that was acknowledged, from the thread of librdkafka's that got the
/// answer. No call to that client from it.
struct acknowledgement_hook {
  void (*heard)(void* self, const rd_kafka_message_t& message) = nullptr;
  void* self = nullptr;
};

/// An idempotent producer that sends at once, with delivery reports as events; where there is a
/// hook, which outlives it, only those of failures.
runtime::expected<kafka_client> make_producer(const kafka_options& options,
                                              acknowledgement_hook* hook = nullptr);

/// What a consumer reads.
enum class reading {
  onwards,  ///< everything, as fast as it comes
  in_bulk,  ///< everything, much at a time (fetch_pace.hpp)
  places,   ///< single bundles here and there: little is fetched ahead
};

/// A consumer that fetches from exact offsets, belongs to no group and commits nothing.
runtime::expected<kafka_client> make_consumer(const kafka_options& options, reading what);

/// A client that can tell a group of consumers how far it was read, and never joins it.
runtime::expected<kafka_client> make_group_client(const kafka_options& options,
                                                  const std::string& group);

/// A client's word for a topic; `opaque` comes with each message and report of it.
runtime::expected<kafka_topic_handle> make_topic(rd_kafka_t& client, const std::string& name,
                                                 void* opaque = nullptr);

/// As librdkafka takes time; 0 for a negative one, which to it is one without end.
int in_ms(runtime::duration time);

/// "Broker: Unknown topic or partition (3)"
std::string in_words(rd_kafka_resp_err_t code);

/// Whether the brokers say that the topic or the partition is not there.
bool is_unknown_topic(rd_kafka_resp_err_t code);

}  // namespace perdure::transport
