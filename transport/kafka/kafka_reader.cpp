#include "transport/kafka/kafka_reader.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "transport/kafka/client_complaints.hpp"
#include "transport/kafka/kafka_clients.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::expected;
using runtime::fail;

expected<std::unique_ptr<kafka_reader>> kafka_reader::open(const kafka_options& options,
                                                           const kafka_layout& layout,
                                                           callbacks heard) {
  auto client = make_consumer(options, reading::onwards);
  if (!client) return std::unexpected(client.error());
  std::unique_ptr<kafka_reader> made(new kafka_reader(*std::move(client), std::move(heard)));
  std::map<std::string, topic*> by_name;
  for (std::size_t number = 0; number < layout.size(); ++number) {
    const auto& partition = layout[number];
    auto& known = by_name[partition.topic];
    if (known == nullptr) {
      known = &made->topics_.emplace_back();
      auto handle = make_topic(*made->client_, partition.topic, known);
      if (!handle) return std::unexpected(handle.error());
      known->handle = *std::move(handle);
    }
    known->partitions.push_back(number);
    made->places_.push_back({known, partition.number, false});
  }
  return made;
}

kafka_reader::kafka_reader(kafka_client client, callbacks heard)
    : heard_(std::move(heard)),
      client_(std::move(client)),
      events_(rd_kafka_queue_get_main(client_.get())),
      messages_(rd_kafka_queue_new(client_.get())) {
  rd_kafka_queue_cb_event_enable(events_.get(), &kafka_reader::on_event, this);
  rd_kafka_queue_cb_event_enable(messages_.get(), &kafka_reader::on_event, this);
}

kafka_reader::~kafka_reader() {
  rd_kafka_queue_cb_event_enable(events_.get(), nullptr, nullptr);
  rd_kafka_queue_cb_event_enable(messages_.get(), nullptr, nullptr);
  for (std::size_t number = 0; number < places_.size(); ++number) stop(number);
}

void kafka_reader::on_event(rd_kafka_t*, void* self) {
  static_cast<kafka_reader*>(self)->heard_.wake();
}

expected<void> kafka_reader::start(std::size_t partition, std::int64_t from) {
  stop(partition);
  auto& place = places_[partition];
  if (rd_kafka_consume_start_queue(place.of->handle.get(), place.number, from, messages_.get()) !=
      0) {
    return fail(
        errc::unavailable,
        fmt::format("Kafka's client does not read partition {} of {}: {}", place.number,
                    rd_kafka_topic_name(place.of->handle.get()), in_words(rd_kafka_last_error())));
  }
  place.started = true;
  return {};
}

void kafka_reader::stop(std::size_t partition) {
  auto& place = places_[partition];
  if (!std::exchange(place.started, false)) return;
  rd_kafka_consume_stop(place.of->handle.get(), place.number);
}

bool kafka_reader::read_one(int wait_ms, const visitor& told) {
  const kafka_message message(rd_kafka_consume_queue(messages_.get(), wait_ms));
  if (!message) return false;
  if (message->rkt == nullptr) return true;
  const auto& from = *static_cast<const topic*>(rd_kafka_topic_opaque(message->rkt));
  const auto number = static_cast<std::size_t>(message->partition);
  if (message->partition < 0 || number >= from.partitions.size()) return true;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    told.trouble(from.partitions[number], message->err);
  } else {
    told.bundle(from.partitions[number], message->offset,
                {static_cast<const char*>(message->payload), message->len});
  }
  return true;
}

void kafka_reader::hear() {
  while (const auto event = kafka_event(rd_kafka_queue_poll(events_.get(), 0))) {
    pass_on(*event, heard_.line);
  }
}

}  // namespace perdure::transport
