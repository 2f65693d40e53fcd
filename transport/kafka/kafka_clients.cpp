#include "transport/kafka/kafka_clients.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "transport/kafka/fetch_pace.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::error;
using runtime::expected;
using runtime::fail;

/// librdkafka's settings, one after the other until one is refused.
class settings {
 public:
  settings() : conf_(rd_kafka_conf_new()) {}

  void set(const std::string& name, const std::string& value) {
    if (refused_) return;
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(conf_.get(), name.c_str(), value.c_str(), why.data(), why.size()) ==
        RD_KAFKA_CONF_OK) {
      return;
    }
    // Its words quote the value.
    refused_ = error{errc::invalid_argument,
                     fmt::format("Kafka property {} is refused by librdkafka{}", name,
                                 is_secret(name) ? "" : fmt::format(": {}", why.data()))};
  }

  void set(const kafka_property& property) {
    const auto value = resolve(property);
    if (value) return set(property.name, *value);
    if (!refused_) refused_ = value.error();
  }

  /// Before `make`.
  void tell(acknowledgement_hook& hook) {
    set("delivery.report.only.error", "true");
    rd_kafka_conf_interceptor_add_on_new(conf_.get(), "perdure", &on_new, &hook);
  }

  expected<kafka_client> make(rd_kafka_type_t type) {
    if (refused_) return std::unexpected(*refused_);
    rd_kafka_conf_set_events(conf_.get(),
                             RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    std::array<char, 512> why{};
    kafka_client client(rd_kafka_new(type, conf_.get(), why.data(), why.size()));
    if (!client) {
      return fail(errc::invalid_argument, fmt::format("a client of Kafka cannot be made: {}: look "
                                                      "at kafka.properties",
                                                      without_secrets(why.data())));
    }
    [[maybe_unused]] auto* taken_over = conf_.release();
    if (const auto wrong = rd_kafka_set_log_queue(client.get(), nullptr);
        wrong != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return fail(errc::io_failed, fmt::format("Kafka's log lines: {}", in_words(wrong)));
    }
    return client;
  }

 private:
  static rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t*, void* hook, char*,
                                    std::size_t) {
    return rd_kafka_interceptor_add_on_acknowledgement(client, "perdure", &on_acknowledgement,
                                                       hook);
  }
  /// It is also called for what failed, at all sorts of places and under librdkafka's locks.
  static rd_kafka_resp_err_t on_acknowledgement(rd_kafka_t*, rd_kafka_message_t* message,
                                                void* hook) {
    const auto& told = *static_cast<acknowledgement_hook*>(hook);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) told.heard(told.self, *message);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  kafka_conf conf_;
  std::optional<error> refused_;
};

/// What both sorts have: ours to begin with, then what the user wants.
settings common(const kafka_options& options) {
  settings all;
  all.set("client.id", "perdure");
  // A broker that comes back is found at once: the default of 10 s misses short returns.
  all.set("reconnect.backoff.ms", "20");
  all.set("reconnect.backoff.max.ms", "200");
  all.set("retry.backoff.ms", "20");
  all.set("socket.keepalive.enable", "true");
  all.set("socket.nagle.disable", "true");
  for (const auto& property : options.properties) all.set(property);
  all.set("bootstrap.servers", options.bootstrap_servers);
  all.set("log.queue", "true");
  return all;
}

}  // namespace

expected<kafka_client> make_producer(const kafka_options& options, acknowledgement_hook* hook) {
  auto all = common(options);
  const auto record_bytes = std::to_string(options.record_bytes());
  all.set("enable.idempotence", "true");
  all.set("acks", "all");
  all.set("queue.buffering.max.ms", "0");
  all.set("message.timeout.ms", std::to_string(options.append_timeout_ms));
  all.set("message.max.bytes", record_bytes);
  if (hook != nullptr) all.tell(*hook);
  return all.make(RD_KAFKA_PRODUCER);
}

namespace {

settings consuming(const kafka_options& options) {
  auto all = common(options);
  all.set("auto.offset.reset", "error");
  all.set("enable.auto.commit", "false");
  all.set("enable.auto.offset.store", "false");
  all.set("enable.partition.eof", "false");
  all.set("isolation.level", "read_uncommitted");
  all.set("allow.auto.create.topics", "false");
  all.set("fetch.message.max.bytes", std::to_string(options.record_bytes()));
  all.set("fetch.error.backoff.ms", "50");
  return all;
}

}  // namespace

expected<kafka_client> make_consumer(const kafka_options& options, reading what) {
  auto all = consuming(options);
  if (what == reading::in_bulk) {
    all.set("fetch.min.bytes", std::to_string(bulk_bytes));
    all.set("fetch.wait.max.ms", std::to_string(in_ms(bulk_wait)));
  } else if (what == reading::places) {
    all.set("queued.max.messages.kbytes", "16384");
    // A broker serves one fetch of a client at a time: what waits at the end of one partition would
    // hold up the next question for half a second.
    all.set("fetch.wait.max.ms", "5");
  }
  return all.make(RD_KAFKA_CONSUMER);
}

expected<kafka_client> make_group_client(const kafka_options& options, const std::string& group) {
  auto all = consuming(options);
  all.set("group.id", group);
  // No group is joined, so no session times out. A commit that waits for a broker does by the same
  // setting, and the client does not end before: at its default that is 45 s.
  all.set("session.timeout.ms", "1000");
  return all.make(RD_KAFKA_CONSUMER);
}

expected<kafka_topic_handle> make_topic(rd_kafka_t& client, const std::string& name, void* opaque) {
  auto* conf = rd_kafka_default_topic_conf_dup(&client);
  rd_kafka_topic_conf_set_opaque(conf, opaque);
  kafka_topic_handle topic(rd_kafka_topic_new(&client, name.c_str(), conf));  // takes the settings
  if (!topic) {
    return fail(errc::invalid_argument, fmt::format("Kafka topic {} cannot be used: {}", name,
                                                    in_words(rd_kafka_last_error())));
  }
  return topic;
}

int in_ms(runtime::duration time) {
  return static_cast<int>(std::max<std::int64_t>(time.us, 0) / runtime::milliseconds(1).us);
}

std::string in_words(rd_kafka_resp_err_t code) {
  return fmt::format("{} ({})", rd_kafka_err2str(code), static_cast<int>(code));
}

bool is_unknown_topic(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

}  // namespace perdure::transport
