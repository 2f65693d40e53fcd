#include "transport/kafka/kafka_producer.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "runtime/invariant.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/client_complaints.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::fail;

namespace {

/// What was purged is reported at once; more than this is a broken client, which its end settles.
constexpr auto patience_with_purge = runtime::seconds(5);

bool is_too_large(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
         code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

error too_large(std::size_t bytes) {
  return {errc::too_large,
          fmt::format("a bundle of {} bytes is more than the topic takes: `perdure kafka check` "
                      "says what its max.message.bytes should be",
                      bytes)};
}

error unknown(std::string_view why) {
  return {errc::outcome_unknown, fmt::format("the record may be in the log or not: {}", why)};
}

/// What a failed report means (facts: what is reported as not persisted never is there).
error failure_of(const rd_kafka_message_t& message, bool thrown_away) {
  if (is_too_large(message.err)) return too_large(message.len);
  const auto words = in_words(message.err);
  if (thrown_away || rd_kafka_message_status(&message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED) {
    return unknown(words);
  }
  return {errc::unavailable, fmt::format("Kafka did not take the record: {}", words)};
}

kafka_headers headers_of(const outgoing_bundle& bundle, const bundle_labels& labels) {
  constexpr std::size_t usual = 4;
  kafka_headers headers(rd_kafka_headers_new(usual));
  const auto add = [&headers](std::string_view name, std::string_view value) {
    const auto added =
        rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                            value.data(), static_cast<ssize_t>(value.size()));
    INVARIANT(added == RD_KAFKA_RESP_ERR_NO_ERROR, "a header of Kafka's: {}", in_words(added));
  };
  add("perdure-format", std::to_string(bundle_format));
  add("perdure-records", std::to_string(bundle.records));
  if (!labels.kinds.empty()) add("perdure-kinds", labels.kinds);
  if (!labels.workflow.empty()) add("perdure-workflow", labels.workflow);
  return headers;
}

}  // namespace

expected<std::unique_ptr<kafka_producer>> kafka_producer::open(const kafka_options& options,
                                                               const runtime::clock& clock,
                                                               callbacks heard) {
  std::unique_ptr<kafka_producer> made(new kafka_producer(options, clock, std::move(heard)));
  if (auto done = made->make(); !done) return std::unexpected(done.error());
  return made;
}

kafka_producer::~kafka_producer() { end_client(); }

expected<void> kafka_producer::make() {
  auto client = make_producer(options_, &hook_);
  if (!client) return std::unexpected(client.error());
  client_ = *std::move(client);
  events_.reset(rd_kafka_queue_get_main(client_.get()));
  rd_kafka_queue_cb_event_enable(events_.get(), &kafka_producer::on_event, this);
  return {};
}

void kafka_producer::on_event(rd_kafka_t*, void* self) {
  static_cast<kafka_producer*>(self)->heard_.wake();
}

void kafka_producer::on_acknowledged(void* self, const rd_kafka_message_t& message) {
  auto& producer = *static_cast<kafka_producer*>(self);
  {
    const std::scoped_lock lock(producer.landed_mutex_);
    producer.landed_.push_back({message._private, message.offset});
  }
  producer.one_landed_.notify_one();
  producer.heard_.acknowledged();
}

void kafka_producer::end_client() {
  if (!client_) return;
  rd_kafka_queue_cb_event_enable(events_.get(), nullptr, nullptr);
  topics_.clear();
  events_.reset();
  client_.reset();
  {
    const std::scoped_lock lock(landed_mutex_);
    landed_.clear();
  }
  on_their_way_ = 0;
  for (auto* opaque : std::exchange(out_, {})) {
    heard_.report(opaque, std::unexpected(unknown("the producer that had it was thrown away")),
                  RD_KAFKA_RESP_ERR__DESTROY);
  }
}

rd_kafka_topic_t* kafka_producer::topic(const std::string& name) {
  auto& known = topics_[name];
  if (!known) {
    if (auto made = make_topic(*client_, name)) known = *std::move(made);
  }
  return known.get();
}

departure kafka_producer::send(const outgoing_bundle& bundle, const bundle_labels& labels,
                               error& why) {
  auto headers = headers_of(bundle, labels);
  std::array<rd_kafka_vu_t, 6> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = bundle.topic;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = bundle.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[2].u.mem.ptr = const_cast<char*>(bundle.bytes.data());  // NOLINT: it is only read
  parts[2].u.mem.size = bundle.bytes.size();
  parts[3].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[3].u.ptr = bundle.opaque;
  parts[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[4].u.headers = headers.get();
  std::size_t count = 5;
  if (!labels.workflow.empty()) {
    parts[count].vtype = RD_KAFKA_VTYPE_KEY;
    parts[count].u.mem.ptr = const_cast<char*>(labels.workflow.data());  // NOLINT: it is copied
    parts[count].u.mem.size = labels.workflow.size();
    ++count;
  }
  const kafka_error failed(rd_kafka_produceva(client_.get(), parts.data(), count));
  if (!failed) {
    [[maybe_unused]] auto* taken_over = headers.release();
    note_out(bundle.opaque);
    return departure::left;
  }
  const auto code = rd_kafka_error_code(failed.get());
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return departure::full;
  if (is_too_large(code)) {
    why = too_large(bundle.bytes.size());
  } else {
    // It did not leave, so it is not there.
    why = {errc::unavailable, fmt::format("Kafka's client did not take the record: {}",
                                          rd_kafka_error_string(failed.get()))};
  }
  return departure::refused;
}

void kafka_producer::note_out(void* opaque) {
  out_.insert(opaque);
  on_their_way_.store(out_.size(), std::memory_order_relaxed);
}

void kafka_producer::note_in(void* opaque) {
  out_.erase(opaque);
  on_their_way_.store(out_.size(), std::memory_order_relaxed);
}

bool kafka_producer::has_fatal_error() const {
  return rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool kafka_producer::poll() {
  tell_acknowledged();
  hear_events();
  return has_fatal_error();
}

void kafka_producer::tell_acknowledged() {
  std::vector<landed_bundle> landed;
  {
    const std::scoped_lock lock(landed_mutex_);
    landed.swap(landed_);
  }
  for (const auto& bundle : landed) {
    note_in(bundle.opaque);
    heard_.report(bundle.opaque, bundle.at, RD_KAFKA_RESP_ERR_NO_ERROR);
  }
}

void kafka_producer::hear_events() {
  while (const auto event = kafka_event(rd_kafka_queue_poll(events_.get(), 0))) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) {
      hear_failures(event.get());
    } else {
      pass_on(*event, heard_.line);
    }
  }
}

void kafka_producer::hear_failures(rd_kafka_event_t* event) {
  const bool lost = ending_ || has_fatal_error();
  while (const auto* message = rd_kafka_event_message_next(event)) {
    note_in(message->_private);
    heard_.report(message->_private, std::unexpected(failure_of(*message, lost)), message->err);
  }
}

expected<void> kafka_producer::renew() {
  ending_ = true;
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  hear_until(patience_with_purge);
  end_client();
  ending_ = false;
  return make();
}

void kafka_producer::finish(runtime::duration limit) {
  if (!client_) return;  // it could not be made anew
  hear_until(limit);
  ending_ = true;
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  hear_until(patience_with_purge);
  end_client();
}

void kafka_producer::hear_until(runtime::duration limit) {
  constexpr std::chrono::milliseconds at_a_time(10);
  const auto until = clock_.monotonic() + limit;
  while (true) {
    tell_acknowledged();
    hear_events();
    if (out_.empty() || clock_.monotonic() >= until) return;
    std::unique_lock lock(landed_mutex_);
    one_landed_.wait_for(lock, at_a_time, [this] { return !landed_.empty(); });
  }
}

}  // namespace perdure::transport
