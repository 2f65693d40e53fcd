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

namespace {

constexpr std::array both{pace::at_once, pace::in_bulk};

constexpr pace other_than(pace one) { return one == pace::at_once ? pace::in_bulk : pace::at_once; }

}  // namespace

expected<std::unique_ptr<kafka_reader>> kafka_reader::open(const kafka_options& options,
                                                           const kafka_layout& layout,
                                                           callbacks heard) {
  std::unique_ptr<kafka_reader> made(new kafka_reader(options, layout, std::move(heard)));
  if (auto done = made->make_client(pace::at_once); !done) return std::unexpected(done.error());
  return made;
}

kafka_reader::kafka_reader(const kafka_options& options, const kafka_layout& layout,
                           callbacks heard)
    : options_(options), heard_(std::move(heard)) {
  std::map<std::string, std::size_t> by_name;
  for (std::size_t number = 0; number < layout.size(); ++number) {
    const auto& partition = layout[number];
    const auto [known, added] = by_name.try_emplace(partition.topic, topics_.size());
    if (added) topics_.push_back({partition.topic, {}});
    topics_[known->second].partitions.push_back(number);
    places_.push_back({.topic = known->second, .number = partition.number});
  }
}

kafka_reader::~kafka_reader() {
  for (const auto& client : clients_) {
    if (!client) continue;
    rd_kafka_queue_cb_event_enable(client->events.get(), nullptr, nullptr);
    rd_kafka_queue_cb_event_enable(client->messages.get(), nullptr, nullptr);
  }
  for (std::size_t number = 0; number < places_.size(); ++number) stop(number);
}

expected<void> kafka_reader::make_client(pace of) {
  auto client = make_consumer(options_, of == pace::at_once ? reading::onwards : reading::in_bulk);
  if (!client) return std::unexpected(client.error());
  auto made = std::make_unique<fetching>();
  made->client = *std::move(client);
  made->events.reset(rd_kafka_queue_get_main(made->client.get()));
  made->messages.reset(rd_kafka_queue_new(made->client.get()));
  for (auto& each : topics_) {
    auto handle = make_topic(*made->client, each.name, &each);
    if (!handle) return std::unexpected(handle.error());
    made->topics.push_back(*std::move(handle));
  }
  rd_kafka_queue_cb_event_enable(made->events.get(), &kafka_reader::on_event, this);
  rd_kafka_queue_cb_event_enable(made->messages.get(), &kafka_reader::on_event, this);
  clients_[std::to_underlying(of)] = std::move(made);
  return {};
}

void kafka_reader::on_event(rd_kafka_t*, void* self) {
  static_cast<kafka_reader*>(self)->heard_.wake();
}

expected<void> kafka_reader::begin(std::size_t partition, pace at, std::int64_t from) {
  auto& place = places_[partition];
  auto& client = clients_[std::to_underlying(at)];
  if (!client) {
    if (auto made = make_client(at); !made) return made;
  }
  auto* topic = client->topics[place.topic].get();
  if (rd_kafka_consume_start_queue(topic, place.number, from, client->messages.get()) != 0) {
    return fail(errc::unavailable,
                fmt::format("Kafka's client does not read partition {} of {}: {}", place.number,
                            rd_kafka_topic_name(topic), in_words(rd_kafka_last_error())));
  }
  place.started[std::to_underlying(at)] = true;
  return {};
}

void kafka_reader::end(std::size_t partition, pace at) {
  auto& place = places_[partition];
  if (!std::exchange(place.started[std::to_underlying(at)], false)) return;
  rd_kafka_consume_stop(clients_[std::to_underlying(at)]->topics[place.topic].get(), place.number);
}

expected<void> kafka_reader::start(std::size_t partition, std::int64_t from) {
  stop(partition);
  return begin(partition, places_[partition].wanted, from);
}

void kafka_reader::stop(std::size_t partition) {
  for (const auto at : both) end(partition, at);
}

expected<void> kafka_reader::change(std::size_t partition, pace to, std::int64_t from) {
  auto& place = places_[partition];
  if (!place.started[std::to_underlying(to)]) {
    if (auto begun = begin(partition, to, from); !begun) return begun;
  }
  place.wanted = to;
  return {};
}

bool kafka_reader::read_one(int wait_ms, const visitor& told) {
  if (read_one_of(pace::at_once, wait_ms, told)) return true;
  return clients_[std::to_underlying(pace::in_bulk)] && read_one_of(pace::in_bulk, 0, told);
}

bool kafka_reader::read_one_of(pace of, int wait_ms, const visitor& told) {
  auto& client = *clients_[std::to_underlying(of)];
  const kafka_message message(rd_kafka_consume_queue(client.messages.get(), wait_ms));
  if (!message) return false;
  if (message->rkt == nullptr) return true;
  const auto& from = *static_cast<const topic*>(rd_kafka_topic_opaque(message->rkt));
  const auto number = static_cast<std::size_t>(message->partition);
  if (message->partition < 0 || number >= from.partitions.size()) return true;
  const auto partition = from.partitions[number];
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    told.trouble(partition, message->err);
    return true;
  }
  if (places_[partition].wanted == of) end(partition, other_than(of));
  told.bundle(partition, message->offset,
              {static_cast<const char*>(message->payload), message->len});
  return true;
}

void kafka_reader::hear() {
  for (const auto& client : clients_) {
    if (!client) continue;
    while (const auto event = kafka_event(rd_kafka_queue_poll(client->events.get(), 0))) {
      pass_on(*event, heard_.line);
    }
  }
}

}  // namespace perdure::transport
