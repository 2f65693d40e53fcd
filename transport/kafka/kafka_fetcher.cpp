#include "transport/kafka/kafka_fetcher.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "transport/kafka/kafka_clients.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::fail;

namespace {

/// So long a wait for a message goes on before somebody looks whether to stop.
constexpr int look_ms = 50;
/// Places at most so far apart are fetched in one go: reading what lies between costs less than to
/// begin anew.
constexpr std::int64_t near = 32;

error missing(const kafka_partition& from, std::int64_t at) {
  return {errc::corrupt, fmt::format("topic {}, partition {} has no record at Kafka's offset {}",
                                     from.topic, from.number, at)};
}

}  // namespace

expected<std::unique_ptr<kafka_fetcher>> kafka_fetcher::open(const kafka_options& options,
                                                             const runtime::clock& clock) {
  auto client = make_consumer(options, reading::places);
  if (!client) return std::unexpected(client.error());
  return std::unique_ptr<kafka_fetcher>(new kafka_fetcher(*std::move(client), clock));
}

kafka_fetcher::kafka_fetcher(kafka_client client, const runtime::clock& clock)
    : clock_(clock), client_(std::move(client)), complaints_(*client_) {}

error kafka_fetcher::unanswered(const kafka_partition& from, rd_kafka_resp_err_t code) {
  return {errc::unavailable,
          fmt::format("no broker gave what was asked of topic {}, partition {}: {}{}", from.topic,
                      from.number,
                      code == RD_KAFKA_RESP_ERR_NO_ERROR ? "none answered" : in_words(code),
                      complaints_.words())};
}

expected<rd_kafka_topic_t*> kafka_fetcher::topic(const std::string& name) {
  auto& known = topics_[name];
  if (!known) {
    auto made = make_topic(*client_, name);
    if (!made) return std::unexpected(made.error());
    known = *std::move(made);
  }
  return known.get();
}

expected<void> kafka_fetcher::fetch(const kafka_partition& from,
                                    std::span<const std::int64_t> places,
                                    runtime::duration patience, const bundle_function& take) {
  std::size_t next = 0;
  while (next < places.size()) {
    std::size_t end = next + 1;
    while (end < places.size() && places[end] - places[end - 1] <= near) ++end;
    const auto wanted = places.subspan(next, end - next);
    std::size_t found = 0;
    auto done = fetch_on(from, wanted.front(), wanted.back(), patience, [&](read_bundle bundle) {
      if (bundle.at > wanted[found]) return false;
      if (bundle.at < wanted[found]) return true;
      return take(std::move(bundle)) && ++found < wanted.size();
    });
    if (!done) return done;
    if (found < wanted.size()) return std::unexpected(missing(from, wanted[found]));
    next = end;
  }
  return {};
}

expected<void> kafka_fetcher::fetch_on(const kafka_partition& from, std::int64_t first,
                                       std::int64_t last, runtime::duration patience,
                                       const bundle_function& take) {
  const std::scoped_lock lock(mutex_);
  auto known = topic(from.topic);
  if (!known) return std::unexpected(known.error());
  if (rd_kafka_consume_start(*known, from.number, first) != 0) {
    return std::unexpected(unanswered(from, rd_kafka_last_error()));
  }
  auto done = read_range({from, **known, last, patience}, take);
  rd_kafka_consume_stop(*known, from.number);
  return done;
}

expected<void> kafka_fetcher::read_range(const range& of, const bundle_function& take) {
  auto until = clock_.monotonic() + of.patience;
  auto trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
  while (!stopping_ && clock_.monotonic() < until) {
    const kafka_message message(rd_kafka_consume(&of.topic, of.from.number, look_ms));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      return std::unexpected(missing(of.from, message->offset));
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      trouble = message->err;
      continue;
    }
    if (message->offset > of.last) return {};
    auto bundle = read_bundle_of(of.from, message->offset,
                                 {static_cast<const char*>(message->payload), message->len});
    if (!bundle) return std::unexpected(bundle.error());
    if (!take(*std::move(bundle)) || message->offset == of.last) return {};
    until = clock_.monotonic() + of.patience;
  }
  return std::unexpected(unanswered(of.from, trouble));
}

/// Not by rd_kafka_query_watermark_offsets: in librdkafka 2.0.2 that waits for ever while a broker
/// is away.
expected<std::int64_t> kafka_fetcher::end_of(const kafka_partition& of, std::int64_t which,
                                             runtime::duration patience) {
  kafka_partition_list list(rd_kafka_topic_partition_list_new(1));
  auto* asked = rd_kafka_topic_partition_list_add(list.get(), of.topic.c_str(), of.number);
  asked->offset = which;
  auto code = rd_kafka_offsets_for_times(client_.get(), list.get(), in_ms(patience));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = asked->err;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return asked->offset;
  if (!is_unknown_topic(code) || !is_missing(of, patience))
    return std::unexpected(unanswered(of, code));
  return fail(errc::not_found, fmt::format("Kafka has no topic {} with a partition {}: {}",
                                           of.topic, of.number, in_words(code)));
}

/// librdkafka 2.0.2 also calls a partition unknown that has no leader as long as its replicas are
/// away, and does not look whether it has one again. What brokers say of the topic does both.
bool kafka_fetcher::is_missing(const kafka_partition& of, runtime::duration patience) {
  const auto topic = make_topic(*client_, of.topic);
  if (!topic) return false;
  const rd_kafka_metadata_t* told = nullptr;
  if (rd_kafka_metadata(client_.get(), 0, topic->get(), &told, in_ms(patience)) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return false;
  }
  const kafka_metadata metadata(told);
  if (metadata->topic_cnt == 0) return true;
  const auto& about = metadata->topics[0];
  return is_unknown_topic(about.err) ||
         (about.err == RD_KAFKA_RESP_ERR_NO_ERROR && of.number >= about.partition_cnt);
}

expected<kafka_fetcher::ends> kafka_fetcher::ends_of(const kafka_partition& of,
                                                     runtime::duration patience) {
  // As times, Kafka's protocol means the ends by these.
  constexpr std::int64_t latest = -1;
  constexpr std::int64_t earliest = -2;
  const auto end = end_of(of, latest, patience);
  if (!end) return std::unexpected(end.error());
  const auto first = end_of(of, earliest, patience);
  if (!first) return std::unexpected(first.error());
  complaints_.forget();
  return ends{*first, *end};
}

}  // namespace perdure::transport
