#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <vector>

#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::transport {

/// Reads all partitions of a layout onwards from exact offsets, as they come.
///
/// One thread: the log's driver. librdkafka's own threads only call `wake`.
class kafka_reader {
 public:
  struct callbacks {
    std::function<void()> wake;  ///< any thread: there is something to read
    std::function<void(int level, std::string_view text)> line;
  };
  /// What comes of one look. Neither may call back into the reader but `start`.
  struct visitor {
    std::function<void(std::size_t partition, std::int64_t at, std::string_view bytes)> bundle;
    /// It may be that no more comes from that partition until it is started anew.
    std::function<void(std::size_t partition, rd_kafka_resp_err_t code)> trouble;
  };

  static runtime::expected<std::unique_ptr<kafka_reader>> open(const kafka_options& options,
                                                               const kafka_layout& layout,
                                                               callbacks heard);
  ~kafka_reader();
  kafka_reader(const kafka_reader&) = delete;
  kafka_reader& operator=(const kafka_reader&) = delete;

  /// Reads the partition from there on, wherever it was read before.
  runtime::expected<void> start(std::size_t partition, std::int64_t from);
  void stop(std::size_t partition);

  /// The next message, waiting so long for it. False: there was none.
  bool read_one(int wait_ms, const visitor& told);
  /// Passes on what the client says.
  void hear();

 private:
  struct topic {
    kafka_topic_handle handle;
    std::vector<std::size_t> partitions;  ///< by Kafka's number
  };
  struct place {
    topic* of = nullptr;
    std::int32_t number = 0;
    bool started = false;
  };

  kafka_reader(kafka_client client, callbacks heard);
  static void on_event(rd_kafka_t* client, void* self);

  const callbacks heard_;
  kafka_client client_;
  kafka_queue events_;
  kafka_queue messages_;
  std::list<topic> topics_;  ///< librdkafka keeps their addresses
  std::vector<place> places_;
};

}  // namespace perdure::transport
