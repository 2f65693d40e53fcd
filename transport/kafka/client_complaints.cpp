#include "transport/kafka/client_complaints.hpp"

#include <fmt/format.h>

#include "transport/kafka/kafka_options.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::error;

/// Before 2.6.1 librdkafka sends its nonce twice, which Kafka 4 no longer takes:
/// github.com/confluentinc/librdkafka/pull/4895
constexpr int scram_mended = 0x020601ff;

std::string_view about_scram(std::string_view text) {
  if (!text.contains("SCRAM") || rd_kafka_version() >= scram_mended) return "";
  return "; but by SCRAM this librdkafka logs in to Kafka 3 only, whatever the password: for Kafka "
         "4 "
         "take PLAIN within TLS, or librdkafka 2.6.1";
}

std::optional<error> refusal_of(rd_kafka_resp_err_t code, std::string_view text) {
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
    return error{errc::denied,
                 fmt::format("the log-in to the brokers fails: {}: set security.protocol, "
                             "sasl.mechanisms, sasl.username and sasl.password in "
                             "kafka.properties to what they know{}",
                             text, about_scram(text))};
  }
  if (code == RD_KAFKA_RESP_ERR__SSL) {
    return error{errc::denied,
                 fmt::format("no TLS connection to the brokers comes about: {}: set "
                             "security.protocol, and ssl.ca.location to the certificate that "
                             "signed theirs, in kafka.properties",
                             text)};
  }
  return std::nullopt;
}

}  // namespace

void pass_on(rd_kafka_event_t& event, const client_line& line) {
  constexpr int warning = 4;
  if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_ERROR) {
    line(warning, without_secrets(rd_kafka_event_error_string(&event)));
  } else if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_LOG) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (rd_kafka_event_log(&event, &facility, &text, &level) == 0) {
      line(level, without_secrets(text));
    }
  }
}

client_complaints::client_complaints(rd_kafka_t& client)
    : events_(rd_kafka_queue_get_main(&client)) {}

void client_complaints::forget() {
  const std::scoped_lock lock(mutex_);
  take_all();
  newest_.clear();
  refusal_.reset();
}

std::optional<error> client_complaints::refusal() {
  const std::scoped_lock lock(mutex_);
  take_all();
  return refusal_;
}

std::string client_complaints::words() {
  const std::scoped_lock lock(mutex_);
  take_all();
  return newest_.empty() ? "" : "; Kafka's client says: " + newest_;
}

void client_complaints::take_all() {
  while (const auto event = kafka_event(rd_kafka_queue_poll(events_.get(), 0))) {
    const auto code = rd_kafka_event_error(event.get());
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
    // It follows others, which say why.
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) continue;
    newest_ = without_secrets(rd_kafka_event_error_string(event.get()));
    if (auto refused = refusal_of(code, newest_)) refusal_ = std::move(refused);
  }
}

}  // namespace perdure::transport
