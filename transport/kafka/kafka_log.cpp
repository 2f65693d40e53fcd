#include "transport/kafka/kafka_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/invariant.hpp"
#include "transport/batch_format.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/kafka_clients.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::fail;
using runtime::log_record;
using runtime::partition_index;

namespace {

/// How long an idle driver sleeps at a time.
constexpr auto idle = runtime::seconds(1);
/// A topic that was just made is not known to every broker at once.
constexpr auto patience_with_topics = runtime::seconds(10);
/// After that it is `unavailable`, and whoever cannot go on without it asks again.
constexpr auto patience_with_fetch = runtime::seconds(10);
constexpr auto patience_with_end = runtime::seconds(1);
/// After a bundle that did not land, before the next of its partition: doubles from one to the
/// other.
constexpr auto first_pause = runtime::milliseconds(100);
constexpr auto longest_pause = runtime::seconds(2);
/// The client is full until reports come.
constexpr auto pause_when_full = runtime::milliseconds(10);
/// Between two lines of librdkafka's that are passed on: it repeats itself.
constexpr auto quiet_time = runtime::seconds(10);
/// Read in one go, so that outcomes and new requests are not kept waiting.
constexpr std::size_t bytes_at_once = std::size_t{8} << 20;

error too_large(std::size_t records, std::size_t bytes, std::size_t limit) {
  return {errc::too_large,
          fmt::format("{} records of {} bytes are more than the {} bytes (4 for each record "
                      "counted) and {} records that the log takes together: append less at once",
                      records, bytes, limit, bundle_records)};
}

}  // namespace

expected<std::unique_ptr<kafka_log>> kafka_log::open(const kafka_options& options,
                                                     std::span<const kafka_topic> topics,
                                                     kafka_environment environment,
                                                     const record_visitor& visit) {
  if (auto valid = options.validate(); !valid) return std::unexpected(valid.error());
  std::unique_ptr<kafka_log> log(new kafka_log(options, topics, std::move(environment)));
  if (auto done = log->make_clients(); !done) return std::unexpected(done.error());
  if (auto done = log->read_to_the_ends(visit); !done) return std::unexpected(done.error());
  log->opening_ = false;
  auto& self = *log;
  log->watch_ = std::make_unique<kafka_watch>(kafka_watch::environment{
      *self.fetcher_, self.groups_, self.trimmer_, self.layout_, self.tail_,
      [&self] { self.queue_.interrupt(); },
      [&self](const std::string& why) {
        self.environment_.report(runtime::log_line::level::warning,
                                 "how far the log was read cannot be told to Kafka, dashboards of "
                                 "lag are out of date: " +
                                     why);
      }});
  return log;
}

kafka_log::kafka_log(const kafka_options& options, std::span<const kafka_topic> topics,
                     kafka_environment environment)
    : options_(options),
      environment_(std::move(environment)),
      layout_(topics),
      limit_bytes_(options.bundle_bytes - bundle_header_bytes),
      writer_(environment_.random.next()),
      queue_(environment_.clock, {}),
      tail_(options.tail_bytes, layout_.size()),
      groups_(options),
      trimmer_({options_, layout_, environment_.clock, environment_.report}) {
  lanes_.reserve(layout_.size());
  for (const auto& partition : layout_.all()) {
    lanes_.push_back({append_lane(partition.index, limit_bytes_), {}, {}, {}, {}, 0});
  }
}

kafka_log::~kafka_log() { close(); }

expected<void> kafka_log::make_clients() {
  auto fetcher = kafka_fetcher::open(options_, environment_.clock);
  if (!fetcher) return std::unexpected(fetcher.error());
  fetcher_ = *std::move(fetcher);
  const auto wake = [this] { queue_.interrupt(); };
  const auto line = [this](int level, std::string_view text) { say(level, text); };
  auto reader = kafka_reader::open(options_, layout_, {wake, line});
  if (!reader) return std::unexpected(reader.error());
  reader_ = *std::move(reader);
  auto producer = kafka_producer::open(
      options_, environment_.clock,
      {wake,
       [this](void* lane_of, const expected<std::int64_t>& at, rd_kafka_resp_err_t code) {
         on_report(*static_cast<lane*>(lane_of), at, code);
       },
       line});
  if (!producer) return std::unexpected(producer.error());
  producer_ = *std::move(producer);
  return {};
}

expected<std::vector<std::int64_t>> kafka_log::find_ends() {
  std::vector<std::int64_t> ends;
  const auto begun = environment_.clock.monotonic();
  const auto patience = runtime::milliseconds(options_.opening_timeout_ms);
  const auto patience_with_one = std::min(patience, patience_with_refusal);
  while (ends.size() < layout_.size()) {
    const auto& partition = layout_[ends.size()];
    const auto found = fetcher_->ends_of(partition, patience_with_one);
    if (found) {
      auto& lane = lanes_[ends.size()];
      if (partition.newest != 0) lane.begin = std::max(found->first, found->end - partition.newest);
      ends.push_back(found->end);
      if (found->first == 0 || partition.newest != 0) continue;
      lose(ends.size() - 1,
           {errc::corrupt,
            fmt::format("log_regressed: topic {}, partition {} begins at Kafka's offset {}, and "
                        "all from 0 on is needed: records were deleted",
                        partition.topic, partition.number, found->first)});
      ends.back() = 0;
      continue;
    }
    const auto waited = environment_.clock.monotonic() - begun;
    const bool gone = found.error().code == errc::not_found;
    if (waited >= (gone ? std::min(patience, patience_with_topics) : patience)) {
      return std::unexpected(found.error());
    }
    const auto refused = fetcher_->refusal();
    if (refused && waited >= patience_with_refusal) return std::unexpected(*refused);
  }
  return ends;
}

/// Its oldest records went between the question for the first one and its reading.
bool kafka_log::begins_later(std::size_t partition) {
  if (layout_[partition].newest == 0 || tail_.last(partition).bundle >= 0) return false;
  const auto found = fetcher_->ends_of(layout_[partition], patience_with_refusal);
  if (!found) return false;
  lanes_[partition].begin = found->first;
  return reader_->start(partition, found->first).has_value();
}

expected<void> kafka_log::read_to_the_ends(const record_visitor& visit) {
  const auto ends = find_ends();
  if (!ends) return std::unexpected(ends.error());
  std::size_t behind = 0;
  for (std::size_t i = 0; i < ends->size(); ++i) {
    if (lanes_[i].lost) continue;
    if (auto done = reader_->start(i, lanes_[i].begin); !done) return done;
    if ((*ends)[i] > lanes_[i].begin) ++behind;
  }
  const auto patience = runtime::milliseconds(options_.opening_timeout_ms);
  auto until = environment_.clock.monotonic() + patience;
  const kafka_reader::visitor told{
      [&](std::size_t partition, std::int64_t at, std::string_view bytes) {
        const bool was_behind = tail_.last(partition).bundle + 1 < (*ends)[partition];
        if (lanes_[partition].lost) return;
        const auto bundle = take_in(partition, at, bytes);
        if (bundle) visit(bundle->records);
        if (was_behind && (!bundle || at + 1 >= (*ends)[partition])) --behind;
        until = environment_.clock.monotonic() + patience;
      },
      [&](std::size_t partition, rd_kafka_resp_err_t code) {
        if (code != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || lanes_[partition].lost) return;
        if (begins_later(partition)) return;
        lose(partition, {errc::corrupt, "log_regressed: its first records were just deleted"});
        if (tail_.last(partition).bundle + 1 < (*ends)[partition]) --behind;
      }};
  constexpr int look_ms = 100;
  while (behind > 0) {
    reader_->read_one(look_ms, told);
    reader_->hear();
    if (environment_.clock.monotonic() < until) continue;
    return fail(errc::unavailable,
                fmt::format("{} partitions of the log on Kafka ({}) could not be read to their "
                            "ends: no broker has given anything for {} ms",
                            behind, options_.bootstrap_servers, options_.opening_timeout_ms));
  }
  return {};
}

void kafka_log::submit(runtime::append_request request) {
  INVARIANT(!request.entries.empty(), "an append request of no records");
  for (const auto& entry : request.entries) {
    INVARIANT(
        entry.begin <= request.bytes.size() && entry.length <= request.bytes.size() - entry.begin,
        "a record at {} of {} bytes is not within {} bytes", entry.begin, entry.length,
        request.bytes.size());
  }
  queue_.push(std::move(request));
}

expected<std::size_t> kafka_log::run_once() {
  take_submitted();
  heed_findings();
  if (to_break_.exchange(false)) {
    rd_kafka_test_fatal_error(&producer_->client(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                              "for a test");
  }
  if (producer_->poll()) {
    environment_.report(
        runtime::log_line::level::warning,
        "Kafka: a fatal error of the producer: a fresh one is made, and what was on "
        "its way may be in the log or not");
    // Nothing but memory can be missing for it: the settings have been good before.
    if (auto renewed = producer_->renew(); !renewed) return std::unexpected(renewed.error());
    ++renewals_;
  }
  send_waiting();
  reader_->hear();
  return read_on();
}

void kafka_log::break_producer() {
  to_break_ = true;
  queue_.interrupt();
}

void kafka_log::take_submitted() {
  queue_.take(taken_);
  for (auto& request : taken_) {
    std::optional<error> refusal;
    if (const auto cost = append_lane::cost(request);
        cost > limit_bytes_ || request.entries.size() > bundle_records) {
      refusal = too_large(request.entries.size(), record_bytes(request), limit_bytes_);
    }
    const auto append = std::make_shared<split_append>(std::move(request));
    for (const auto partition : append->partitions()) {
      if (const auto number = lane_of(partition); !number) {
        append->settle(partition, std::unexpected(number.error()));
      } else if (auto& lane = lanes_[*number]; lane.lost) {
        append->settle(partition, std::unexpected(*lane.lost));
      } else {
        lane.appends.add(append, refusal);
      }
    }
  }
  taken_.clear();
}

void kafka_log::heed_findings() {
  for (const auto& found : watch_->take()) {
    if (found.lost) {
      lose(found.partition, *found.lost);
    } else if (!lanes_[found.partition].lost) {
      if (found.first) skip_to(found.partition, *found.first);
      // An error here comes again as trouble, or the next look finds it.
      [[maybe_unused]] auto shows_again = reader_->start(
          found.partition,
          std::max(tail_.last(found.partition).bundle + 1, lanes_[found.partition].begin));
    }
  }
}

void kafka_log::skip_to(std::size_t partition, std::int64_t first) {
  const auto next = tail_.last(partition).bundle + 1;
  if (first <= next) return;
  lanes_[partition].begin = first;
  environment_.report(
      runtime::log_line::level::warning,
      fmt::format("Kafka: topic {}, partition {}: what is from Kafka's offset {} on up to {} was "
                  "deleted before it was read here: this node has been slow, or stood still",
                  layout_[partition].topic, layout_[partition].number, next, first));
  listener_->on_forgotten(layout_[partition].index);
}

void kafka_log::send_waiting() {
  const auto now = environment_.clock.monotonic();
  for (std::size_t number = 0; number < lanes_.size(); ++number) {
    auto& from = lanes_[number];
    if (!from.appends.is_waiting() || from.appends.is_flying() || now < from.not_before) continue;
    send(number, from);
  }
}

void kafka_log::send(std::size_t number, lane& from) {
  const auto& partition = layout_[number];
  const auto records = from.appends.load();
  if (records.empty()) return;
  from.bundle = encode_bundle({writer_, ++bundles_}, records);
  auto* topic = producer_->topic(partition.topic);
  error why{errc::unavailable, fmt::format("Kafka's client cannot use topic {}", partition.topic)};
  const auto left = topic == nullptr
                        ? departure::refused
                        : producer_->send({topic, partition.number, from.bundle,
                                           static_cast<std::uint32_t>(records.size()), &from},
                                          labels_of(records), why);
  if (left == departure::full) {
    from.appends.unload();
    from.not_before = environment_.clock.monotonic() + pause_when_full;
  } else if (left == departure::refused) {
    on_report(from, std::unexpected(why), RD_KAFKA_RESP_ERR__FAIL);
  }
}

void kafka_log::on_report(lane& of, const expected<std::int64_t>& at, rd_kafka_resp_err_t code) {
  const auto bundle = std::exchange(of.bundle, {});
  if (at) {
    of.pause = {};
    of.appends.settle(to_offset({*at, 0}));
    return take_in_landed(static_cast<std::size_t>(&of - lanes_.data()), *at, bundle);
  }
  if (at.error().code != errc::too_large) {
    of.pause = of.pause.us == 0 ? first_pause
                                : std::min(runtime::duration{of.pause.us * 2}, longest_pause);
    of.not_before = environment_.clock.monotonic() + of.pause;
    say(4, at.error().message);
  }
  if (is_unknown_topic(code) && watch_) {
    watch_->suspect(static_cast<std::size_t>(&of - lanes_.data()));
  }
  of.appends.settle(std::unexpected(at.error()));
}

void kafka_log::take_in_landed(std::size_t partition, std::int64_t at, std::string_view bytes) {
  if (at != tail_.last(partition).bundle + 1) return;
  if (auto bundle = take_in(partition, at, bytes)) landed_.push_back(std::move(bundle));
}

std::size_t kafka_log::read_on() {
  auto bundles = std::exchange(landed_, {});
  std::size_t bytes_read = 0;
  const kafka_reader::visitor told{
      [&](std::size_t partition, std::int64_t at, std::string_view bytes) {
        bytes_read += bytes.size();
        if (auto bundle = take_in(partition, at, bytes)) bundles.push_back(std::move(bundle));
      },
      [&](std::size_t partition, rd_kafka_resp_err_t code) { on_trouble(partition, code); }};
  more_ = true;
  while (more_ && bytes_read < bytes_at_once) more_ = reader_->read_one(0, told);
  if (bundles.empty()) return 0;
  if (bundles.size() == 1) {
    listener_->on_durable(bundles.front()->records);
    return bundles.front()->records.size();
  }
  std::vector<log_record> all;
  for (const auto& bundle : bundles) {
    all.insert(all.end(), bundle->records.begin(), bundle->records.end());
  }
  listener_->on_durable(all);
  return all.size();
}

bundle_tail::held_bundle kafka_log::take_in(std::size_t partition, std::int64_t at,
                                            std::string_view bytes) {
  // What comes again after a new start was told.
  if (lanes_[partition].lost || at <= tail_.last(partition).bundle) return nullptr;
  auto bundle = read_bundle_of(layout_[partition], at, bytes);
  if (!bundle) {
    lose(partition, bundle.error());
    return nullptr;
  }
  auto held = std::make_shared<const read_bundle>(*std::move(bundle));
  tail_.add(partition, held);
  return held;
}

void kafka_log::on_trouble(std::size_t partition, rd_kafka_resp_err_t code) {
  if (lanes_[partition].lost) return;
  if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || is_unknown_topic(code)) {
    watch_->suspect(partition);
  }
  say(4, fmt::format("topic {}, partition {}: {}", layout_[partition].topic,
                     layout_[partition].number, in_words(code)));
}

void kafka_log::lose(std::size_t partition, const error& why) {
  auto& lane = lanes_[partition];
  if (lane.lost) return;
  lane.lost = why;
  reader_->stop(partition);
  const auto index = layout_[partition].index;
  if (opening_) {
    lost_.emplace(index, why);
  } else {
    listener_->on_lost(index, why);
  }
  lane.appends.answer_waiting(why);
}

expected<std::size_t> kafka_log::lane_of(partition_index partition) const {
  if (const auto number = layout_.find(partition)) return *number;
  return fail(errc::invalid_argument, fmt::format("the log has no partition {}", partition));
}

void kafka_log::wait_for_work() {
  if (more_) return;
  auto limit = idle;
  for (const auto& lane : lanes_) {
    if (!lane.appends.is_waiting() || lane.appends.is_flying()) continue;
    const auto left = lane.not_before - environment_.clock.monotonic();
    limit = std::clamp(left, runtime::duration{}, limit);
  }
  queue_.wait(limit);
}

void kafka_log::stop_waiting() { queue_.interrupt(); }

expected<std::vector<log_record>> kafka_log::read(partition_index partition, runtime::offset after,
                                                  std::size_t limit_bytes) {
  const auto number = lane_of(partition);
  if (!number) return std::unexpected(number.error());
  std::vector<log_record> found;
  std::size_t bytes = 0;
  const auto take = [&](const read_bundle& bundle) {
    for (const auto& record : bundle.records) {
      if (record.at <= after) continue;
      if (!found.empty() && bytes + record.bytes.size() > limit_bytes) return false;
      bytes += record.bytes.size();
      found.push_back(record);
    }
    return true;
  };
  const auto last = tail_.last(*number);
  auto at = std::max<std::int64_t>(place_of(after).bundle, 0);
  if (last.bundle < at) return found;
  if (tail_.next(*number, at) == nullptr) {
    auto done = fetcher_->fetch_on(layout_[*number], at, last.bundle, patience_with_fetch, take);
    if (!done) return std::unexpected(done.error());
    return found;
  }
  while (const auto held = tail_.next(*number, at)) {
    if (!take(*held)) break;
    at = held->at + 1;
  }
  return found;
}

expected<std::vector<log_record>> kafka_log::read_at(partition_index partition,
                                                     std::span<const runtime::offset> offsets) {
  const auto number = lane_of(partition);
  if (!number) return std::unexpected(number.error());
  std::map<std::int64_t, bundle_tail::held_bundle> bundles;
  std::vector<std::int64_t> missing;
  const auto last = tail_.last(*number);
  for (const auto at : offsets) {
    const auto place = place_of(at);
    if (place.bundle < 0 || place.bundle > last.bundle) {
      return fail(errc::corrupt, fmt::format("partition {} has no record at {}", partition, at));
    }
    auto [found, added] = bundles.try_emplace(place.bundle);
    if (added) found->second = tail_.find(*number, place.bundle);
    if (added && !found->second) missing.push_back(place.bundle);
  }
  std::ranges::sort(missing);
  auto fetched =
      fetcher_->fetch(layout_[*number], missing, patience_with_fetch, [&](read_bundle bundle) {
        const auto at = bundle.at;
        bundles[at] = std::make_shared<const read_bundle>(std::move(bundle));
        return true;
      });
  if (!fetched) return std::unexpected(fetched.error());
  std::vector<log_record> records;
  records.reserve(offsets.size());
  for (const auto at : offsets) {
    const auto place = place_of(at);
    const auto& bundle = *bundles.at(place.bundle);
    if (place.index >= bundle.records.size()) {
      return fail(errc::corrupt, fmt::format("partition {} has no record at {}", partition, at));
    }
    records.push_back(bundle.records[place.index]);
  }
  return records;
}

expected<void> kafka_log::trim(runtime::offset before) {
  for (std::size_t i = 0; i < layout_.size(); ++i) {
    if (layout_[i].newest != 0) trimmer_.allow(i, place_of(before).bundle);
  }
  return {};
}

runtime::offset kafka_log::end(partition_index partition) const {
  const auto number = layout_.find(partition);
  return number ? tail_.last(*number).record : runtime::offset();
}

bool kafka_log::is_read_whole(partition_index partition) const {
  const auto number = layout_.find(partition);
  return number && lanes_[*number].begin == 0;
}

bool kafka_log::is_idle() const {
  return std::ranges::none_of(lanes_, [](const auto& lane) {
    return lane.appends.is_waiting() || lane.appends.is_flying();
  });
}

void kafka_log::close() {
  if (std::exchange(closed_, true)) return;
  if (producer_) producer_->finish(patience_with_end);
  const error closed{errc::unavailable, "the log is closed"};
  if (watch_) {
    take_submitted();
    for (auto& lane : lanes_) lane.appends.answer_waiting(closed);
  }
  if (fetcher_) fetcher_->stop_fetching();
  if (watch_) watch_->stop();
  reader_.reset();
}

void kafka_log::say(int level, std::string_view text) {
  constexpr int warning = 4;  // of syslog
  if (level > warning || text.contains("Configuration property")) return;
  const auto now = environment_.clock.monotonic();
  if (now < quiet_until_) return;
  quiet_until_ = now + quiet_time;
  environment_.report(runtime::log_line::level::warning, fmt::format("Kafka: {}", text));
}

}  // namespace perdure::transport
