#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

namespace perdure::transport {

/// Calls librdkafka's function that ends a handle.
template <auto Destroy>
struct kafka_deleter {
  template <class Handle>
  void operator()(Handle* handle) const {
    Destroy(handle);
  }
};

/// No client joins a group, so none has to leave one: a consumer's own leave-taking waits for
/// answers that a broker which was away may never give, for a minute.
inline void destroy_client(rd_kafka_t* client) {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

// Every C handle of librdkafka that is owned has its owner here (STYLE 17).

/// A client: producer or consumer. Its end waits for its threads.
using kafka_client = std::unique_ptr<rd_kafka_t, kafka_deleter<&destroy_client>>;
/// Settings; taken over by the client that is made of them.
using kafka_conf = std::unique_ptr<rd_kafka_conf_t, kafka_deleter<&rd_kafka_conf_destroy>>;
/// A client's word for a topic. Ends before the client.
using kafka_topic_handle =
    std::unique_ptr<rd_kafka_topic_t, kafka_deleter<&rd_kafka_topic_destroy>>;
/// Where a client puts what it has to say. Ends before the client.
using kafka_queue = std::unique_ptr<rd_kafka_queue_t, kafka_deleter<&rd_kafka_queue_destroy>>;
using kafka_event = std::unique_ptr<rd_kafka_event_t, kafka_deleter<&rd_kafka_event_destroy>>;
using kafka_message = std::unique_ptr<rd_kafka_message_t, kafka_deleter<&rd_kafka_message_destroy>>;
/// Taken over by a message that is produced with them.
using kafka_headers = std::unique_ptr<rd_kafka_headers_t, kafka_deleter<&rd_kafka_headers_destroy>>;
using kafka_error = std::unique_ptr<rd_kafka_error_t, kafka_deleter<&rd_kafka_error_destroy>>;
using kafka_partition_list = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                             kafka_deleter<&rd_kafka_topic_partition_list_destroy>>;

// Administration.
using kafka_new_topic =
    std::unique_ptr<rd_kafka_NewTopic_t, kafka_deleter<&rd_kafka_NewTopic_destroy>>;
using kafka_delete_records =
    std::unique_ptr<rd_kafka_DeleteRecords_t, kafka_deleter<&rd_kafka_DeleteRecords_destroy>>;
using kafka_config_resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, kafka_deleter<&rd_kafka_ConfigResource_destroy>>;
using kafka_admin_options =
    std::unique_ptr<rd_kafka_AdminOptions_t, kafka_deleter<&rd_kafka_AdminOptions_destroy>>;
using kafka_group_offsets =
    std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                    kafka_deleter<&rd_kafka_AlterConsumerGroupOffsets_destroy>>;

/// Metadata is const in librdkafka's hands.
struct kafka_metadata_deleter {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using kafka_metadata = std::unique_ptr<const rd_kafka_metadata_t, kafka_metadata_deleter>;

}  // namespace perdure::transport
