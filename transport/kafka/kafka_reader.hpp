#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "transport/kafka/fetch_pace.hpp"
#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_layout.hpp"
#include "transport/kafka/kafka_options.hpp"

namespace perdure::transport {

/// Reads all partitions of a layout onwards from exact offsets, as they come, at once or in bulk:
/// by two clients (docs/adr/0016-fetches-in-bulk.md).
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

  /// Reads the partition from there on, wherever it was read before, at its pace.
  runtime::expected<void> start(std::size_t partition, std::int64_t from);
  void stop(std::size_t partition);

  /// The partition is read at another pace, from there on. What is read at the old one goes on
  /// until something has come at the new one: so nothing waits for the change, and some comes
  /// twice. Error: it goes on as before. REQUIRES: it was started.
  runtime::expected<void> change(std::size_t partition, pace to, std::int64_t from);
  pace pace_of(std::size_t partition) const { return places_[partition].wanted; }

  /// The next message, waiting so long for one that is fetched at once. False: there was none.
  bool read_one(int wait_ms, const visitor& told);
  /// Passes on what the clients say.
  void hear();

 private:
  struct topic {
    std::string name;
    std::vector<std::size_t> partitions;  ///< by Kafka's number
  };
  /// A client for one pace.
  struct fetching {
    kafka_client client;
    kafka_queue events;
    kafka_queue messages;
    std::vector<kafka_topic_handle> topics;  ///< as in topics_
  };
  struct place {
    std::size_t topic = 0;
    std::int32_t number = 0;
    pace wanted = pace::at_once;
    std::array<bool, 2> started{};  ///< by pace
  };

  kafka_reader(const kafka_options& options, const kafka_layout& layout, callbacks heard);
  static void on_event(rd_kafka_t* client, void* self);
  runtime::expected<void> make_client(pace of);
  runtime::expected<void> begin(std::size_t partition, pace at, std::int64_t from);
  void end(std::size_t partition, pace at);
  bool read_one_of(pace of, int wait_ms, const visitor& told);

  const kafka_options options_;
  const callbacks heard_;
  std::vector<topic> topics_;  ///< all from the beginning: librdkafka keeps their addresses
  std::vector<place> places_;
  /// By pace; the one in bulk is made when it is first needed.
  std::array<std::unique_ptr<fetching>, 2> clients_;
};

}  // namespace perdure::transport
