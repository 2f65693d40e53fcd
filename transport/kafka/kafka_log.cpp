#include "transport/kafka/kafka_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/invariant.hpp"
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
constexpr auto patience_with_end = runtime::seconds(1);
/// The client is full until reports come.
constexpr auto pause_when_full = runtime::milliseconds(10);
/// Between two lines of librdkafka's that are passed on: it repeats itself.
constexpr auto quiet_time = runtime::seconds(10);
/// Read in one go, so that outcomes and new requests are not kept waiting.
constexpr std::size_t bytes_at_once = std::size_t{8} << 20;

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
      *self.fetcher_, self.groups_, self.trimmer_, self.log_.layout(), self.log_.tail(),
      [&self](partition_index partition) { return self.applied(partition); },
      [&self] { self.queue_.interrupt(); },
      [&self](const std::string& why) {
        self.environment_.report(
            runtime::log_line::level::warning,
            "how far the log was applied cannot be told to Kafka, dashboards of "
            "lag are out of date: " +
                why);
      }});
  return log;
}

kafka_log::kafka_log(const kafka_options& options, std::span<const kafka_topic> topics,
                     kafka_environment environment)
    : options_(options),
      environment_(std::move(environment)),
      queue_(environment_.clock, {}),
      log_(topics, {options.bundle_bytes - bundle_header_bytes,
                    environment_.random.next(),
                    options.tail_bytes,
                    {options.bundle_wait_us}}),
      groups_(options),
      trimmer_({options_, log_.layout(), environment_.clock, environment_.report}) {}

kafka_log::~kafka_log() { close(); }

expected<void> kafka_log::make_clients() {
  auto fetcher = kafka_fetcher::open(options_, environment_.clock);
  if (!fetcher) return std::unexpected(fetcher.error());
  fetcher_ = *std::move(fetcher);
  const auto wake = [this] { queue_.interrupt(); };
  const auto line = [this](int level, std::string_view text) { say(level, text); };
  auto reader = kafka_reader::open(options_, log_.layout(), {wake, line});
  if (!reader) return std::unexpected(reader.error());
  reader_ = *std::move(reader);
  auto producer = kafka_producer::open(
      options_, environment_.clock,
      {wake, [this] { hear_alone(); },
       [this](void* of, const expected<std::int64_t>& at, rd_kafka_resp_err_t code) {
         on_report(*static_cast<bundled_partition*>(of), at, code);
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
  while (ends.size() < log_.layout().size()) {
    const auto& partition = log_.layout()[ends.size()];
    const auto found = fetcher_->ends_of(partition, patience_with_one);
    if (found) {
      if (partition.newest != 0) {
        log_[ends.size()].begin_at(std::max(found->first, found->end - partition.newest));
      }
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
  if (log_.layout()[partition].newest == 0 || log_.tail().last(partition).bundle >= 0) return false;
  const auto found = fetcher_->ends_of(log_.layout()[partition], patience_with_refusal);
  if (!found) return false;
  log_[partition].begin_at(found->first);
  return reader_->start(partition, found->first).has_value();
}

expected<void> kafka_log::read_to_the_ends(const record_visitor& visit) {
  const auto ends = find_ends();
  if (!ends) return std::unexpected(ends.error());
  std::size_t behind = 0;
  for (std::size_t i = 0; i < ends->size(); ++i) {
    if (log_[i].lost()) continue;
    const auto begin = log_[i].next();
    if (auto done = reader_->start(i, begin); !done) return done;
    if ((*ends)[i] > begin) ++behind;
  }
  const auto patience = runtime::milliseconds(options_.opening_timeout_ms);
  auto until = environment_.clock.monotonic() + patience;
  const kafka_reader::visitor told{
      [&](std::size_t partition, std::int64_t at, std::string_view bytes) {
        const bool was_behind = log_.tail().last(partition).bundle + 1 < (*ends)[partition];
        if (log_[partition].lost()) return;
        const auto bundle =
            heed(partition, log_[partition].take_in(at, bytes, environment_.clock.monotonic()));
        if (bundle) visit(bundle->records);
        if (was_behind && (!bundle || at + 1 >= (*ends)[partition])) --behind;
        until = environment_.clock.monotonic() + patience;
      },
      [&](std::size_t partition, rd_kafka_resp_err_t code) {
        if (code != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || log_[partition].lost()) return;
        if (begins_later(partition)) return;
        lose(partition, {errc::corrupt, "log_regressed: its first records were just deleted"});
        if (log_.tail().last(partition).bundle + 1 < (*ends)[partition]) --behind;
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

void kafka_log::tell_groups(applied_function applied) {
  const std::scoped_lock lock(applied_mutex_);
  applied_ = std::move(applied);
}

runtime::offset kafka_log::applied(partition_index partition) {
  const std::scoped_lock lock(applied_mutex_);
  return applied_ ? applied_(partition) : runtime::offset{};
}

void kafka_log::submit(runtime::append_request request) {
  INVARIANT(!request.entries.empty(), "an append request of no records");
  for (const auto& entry : request.entries) {
    INVARIANT(
        entry.begin <= request.bytes.size() && entry.length <= request.bytes.size() - entry.begin,
        "a record at {} of {} bytes is not within {} bytes", entry.begin, entry.length,
        request.bytes.size());
  }
  if (!send_alone(request)) queue_.push(std::move(request));
}

/// False: it is for the driver, which puts together what waits while others are on their way. So is
/// whatever is answered at once: nobody is called back in the middle of a `submit`.
bool kafka_log::send_alone(runtime::append_request& request) {
  if (producer_->on_their_way() > 0 || !driving_.try_lock()) return false;
  const std::unique_lock lock(driving_, std::adopt_lock);
  if (!driven_ || !queue_.is_empty() || !log_.is_idle() || !log_.is_acceptable(request)) {
    return false;
  }
  log_.take(std::move(request));
  send_waiting(on_refusal::leave);
  go_on_later();
  return true;
}

/// Of the only bundle that was on its way. By a thread of librdkafka's.
void kafka_log::hear_alone() {
  if (producer_->on_their_way() > 1 || !driving_.try_lock()) return queue_.interrupt();
  const std::unique_lock lock(driving_, std::adopt_lock);
  if (!driven_) return;
  producer_->tell_acknowledged();
  tell(std::exchange(landed_, {}));
  go_on_later();
}

/// REQUIRES: driving_ held. What waits now is for the driver.
void kafka_log::go_on_later() {
  if (log_.next_send()) queue_.interrupt();
}

expected<std::size_t> kafka_log::run_once() {
  const std::scoped_lock lock(driving_);
  driven_ = true;
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
    // The settings have been good before, but secrets may be gone from where they are read.
    if (auto renewed = producer_->renew(); !renewed) {
      driven_ = false;
      return std::unexpected(renewed.error());
    }
    ++renewals_;
  }
  send_waiting(on_refusal::tell);
  reader_->hear();
  look_at_pace();
  return read_on();
}

void kafka_log::break_producer() {
  to_break_ = true;
  queue_.interrupt();
}

void kafka_log::pin(pace to) {
  pinned_ = to;
  queue_.interrupt();
}

void kafka_log::heed_findings() {
  for (const auto& found : watch_->take()) {
    if (found.lost) {
      lose(found.partition, *found.lost);
    } else if (!log_[found.partition].lost()) {
      if (found.first) skip_to(found.partition, *found.first);
      // An error here comes again as trouble, or the next look finds it.
      [[maybe_unused]] auto shows_again =
          reader_->start(found.partition, log_[found.partition].next());
    }
  }
}

void kafka_log::skip_to(std::size_t partition, std::int64_t first) {
  const auto next = log_.tail().last(partition).bundle + 1;
  if (first <= next) return;
  log_[partition].begin_at(first);
  environment_.report(
      runtime::log_line::level::warning,
      fmt::format("Kafka: topic {}, partition {}: what is from Kafka's offset {} on up to {} was "
                  "deleted before it was read here: this node has been slow, or stood still",
                  log_.layout()[partition].topic, log_.layout()[partition].number, next, first));
  listener_->on_forgotten(log_.layout()[partition].index);
}

void kafka_log::take_submitted() {
  queue_.take(taken_);
  for (auto& request : taken_) log_.take(std::move(request));
  taken_.clear();
}

void kafka_log::send_waiting(on_refusal then) {
  const auto now = environment_.clock.monotonic();
  for (auto& from : log_.partitions()) {
    const auto next = from.next_send();
    if (next && *next <= now) send(from, then);
  }
}

void kafka_log::send(bundled_partition& from, on_refusal then) {
  const auto records = from.load(log_.next_identity(), environment_.clock.monotonic());
  if (records.empty()) return;
  const auto& partition = from.of();
  auto* topic = producer_->topic(partition.topic);
  error why{errc::unavailable, ""};
  auto left = departure::refused;
  if (topic == nullptr) {
    why.message = fmt::format("Kafka's client cannot use topic {}", partition.topic);
  } else {
    left = producer_->send(
        {topic, partition.number, from.bundle(), static_cast<std::uint32_t>(records.size()), &from},
        labels_of(records), why);
  }
  if (left == departure::left) return;
  const auto now = environment_.clock.monotonic();
  if (left == departure::full) {
    from.unload(now + pause_when_full);
  } else if (then == on_refusal::leave) {
    from.unload(now);
  } else {
    on_report(from, std::unexpected(why), RD_KAFKA_RESP_ERR__FAIL);
  }
}

void kafka_log::on_report(bundled_partition& of, const expected<std::int64_t>& at,
                          rd_kafka_resp_err_t code) {
  if (!at && at.error().code != errc::too_large) say(4, at.error().message);
  if (!at && is_unknown_topic(code) && watch_) watch_->suspect(of.number());
  auto read = of.settle(at, environment_.clock.monotonic());
  if (auto bundle = heed(of.number(), std::move(read))) {
    fetch_pace_.count();
    landed_.push_back(std::move(bundle));
  }
}

std::size_t kafka_log::read_on() {
  auto bundles = std::exchange(landed_, {});
  std::size_t bytes_read = 0;
  const kafka_reader::visitor told{
      [&](std::size_t partition, std::int64_t at, std::string_view bytes) {
        bytes_read += bytes.size();
        auto bundle =
            heed(partition, log_[partition].take_in(at, bytes, environment_.clock.monotonic()));
        if (!bundle) return;
        fetch_pace_.count();
        bundles.push_back(std::move(bundle));
      },
      [&](std::size_t partition, rd_kafka_resp_err_t code) { on_trouble(partition, code); }};
  more_ = true;
  while (more_ && bytes_read < bytes_at_once) more_ = reader_->read_one(0, told);
  return tell(bundles);
}

std::size_t kafka_log::tell(std::span<const bundle_tail::held_bundle> bundles) {
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

bundle_tail::held_bundle kafka_log::heed(std::size_t partition,
                                         expected<bundle_tail::held_bundle> read) {
  if (read) return *std::move(read);
  lose(partition, read.error());
  return nullptr;
}

void kafka_log::look_at_pace() {
  const auto now = environment_.clock.monotonic();
  const auto since = now - last_look_;
  if (since < fetch_pace::look_interval) return;
  last_look_ = now;
  const auto suits = fetch_pace_.look(since);
  const auto wanted = pinned_.load().value_or(suits);
  for (std::size_t i = 0; i < log_.layout().size(); ++i) {
    if (log_[i].lost() || reader_->pace_of(i) == wanted) continue;
    if (auto done = reader_->change(i, wanted, log_[i].next()); !done) say(4, done.error().message);
  }
  pace_ = wanted;
}

void kafka_log::on_trouble(std::size_t partition, rd_kafka_resp_err_t code) {
  if (log_[partition].lost()) return;
  if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || is_unknown_topic(code)) {
    watch_->suspect(partition);
  }
  say(4, fmt::format("topic {}, partition {}: {}", log_.layout()[partition].topic,
                     log_.layout()[partition].number, in_words(code)));
}

void kafka_log::lose(std::size_t partition, const error& why) {
  auto& lost = log_[partition];
  if (!lost.lose(why)) return;
  reader_->stop(partition);
  if (opening_) {
    lost_.emplace(lost.of().index, why);
  } else {
    listener_->on_lost(lost.of().index, why);
  }
  lost.answer_waiting(why);
}

void kafka_log::wait_for_work() {
  auto limit = pace_ == pace::in_bulk ? fetch_pace::look_interval : idle;
  {
    const std::scoped_lock lock(driving_);
    if (more_) return;
    if (const auto next = log_.next_send()) {
      limit = std::clamp(*next - environment_.clock.monotonic(), runtime::duration{}, limit);
    }
  }
  queue_.wait(limit);
}

void kafka_log::leave() {
  const std::scoped_lock lock(driving_);
  driven_ = false;
}

void kafka_log::stop_waiting() { queue_.interrupt(); }

expected<std::vector<log_record>> kafka_log::read(partition_index partition, runtime::offset after,
                                                  std::size_t limit_bytes) {
  const auto number = log_.find(partition);
  if (!number) return std::unexpected(number.error());
  return log_[*number].read(after, limit_bytes, *fetcher_);
}

expected<std::vector<log_record>> kafka_log::read_at(partition_index partition,
                                                     std::span<const runtime::offset> offsets) {
  const auto number = log_.find(partition);
  if (!number) return std::unexpected(number.error());
  return log_[*number].read_at(offsets, *fetcher_);
}

expected<void> kafka_log::trim(runtime::offset before) {
  for (std::size_t i = 0; i < log_.layout().size(); ++i) {
    if (log_.layout()[i].newest != 0) trimmer_.allow(i, place_of(before).bundle);
  }
  return {};
}

runtime::offset kafka_log::end(partition_index partition) const {
  const auto number = log_.find(partition);
  return number ? log_[*number].end() : runtime::offset();
}

bool kafka_log::is_read_whole(partition_index partition) const {
  const auto number = log_.find(partition);
  return number && log_[*number].is_read_whole();
}

bool kafka_log::is_idle() const {
  const std::scoped_lock lock(driving_);
  return log_.is_idle();
}

void kafka_log::close() {
  const std::scoped_lock lock(driving_);
  if (std::exchange(closed_, true)) return;
  if (producer_) producer_->finish(patience_with_end);
  const error closed{errc::unavailable, "the log is closed"};
  if (watch_) {
    take_submitted();
    log_.answer_waiting(closed);
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
