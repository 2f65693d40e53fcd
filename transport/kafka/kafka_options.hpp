#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"

namespace perdure::transport {

/// A property of librdkafka as the configuration has it. A value `file:PATH` or `env:NAME` is read
/// from there when a client is made.
struct kafka_property {
  std::string name;
  std::string value;
  bool operator==(const kafka_property&) const = default;
};

/// What can be set about a log on Kafka. May differ from one start to the next, but for the prefix.
struct kafka_options {
  /// Brokers to ask first, `host:port` with commas between. Empty: no log on Kafka.
  std::string bootstrap_servers = {};

  /// Whatever else librdkafka takes (TLS, SASL, time-outs), but for what `validate` refuses.
  std::vector<kafka_property> properties = {};

  /// Before a namespace's name in that of its topic and of its group.
  std::string topic_prefix = "perdure.";

  /// Copies of a topic that is made; one if there is only one broker. 1 to 7.
  std::uint32_t replication = 3;

  /// Largest bundle, hence largest request, in bytes: 64 KiB to 8 MiB. The topics must take it
  /// (`max.message.bytes`).
  std::uint64_t bundle_bytes = std::uint64_t{900} << 10;

  /// How long a bundle may wait at most for answers to the one before it, in microseconds: 0 to
  /// 100,000. 0: it leaves at once (docs/adr/0018-a-bundle-waits-for-answers.md).
  std::uint32_t bundle_wait_us = 0;

  /// Memory for the newest bundles, which are read again without asking a broker, in bytes. 0:
  /// none.
  std::uint64_t tail_bytes = std::uint64_t{64} << 20;

  /// How long a bundle may be on its way before its outcome is told as unknown, in milliseconds. 0:
  /// as long as it takes, which is right where brokers come back.
  std::uint32_t append_timeout_ms = 0;

  /// How long opening waits for brokers that tell nothing, in milliseconds: 100 to 3,600,000.
  std::uint32_t opening_timeout_ms = 30'000;

  /// `invalid_argument` naming the first option out of its limits. Never shows a secret.
  runtime::expected<void> validate() const;

  /// What a record of Kafka's takes at most: a bundle, its key and headers.
  std::uint64_t record_bytes() const;
};

/// Why that property may not be set; empty if it may: those that the promises of the log hang on
/// are the log's own, and secrets are not to stand in a configuration.
std::string_view refused_property(std::string_view name, std::string_view value);

/// True if nobody may see its value.
bool is_secret(std::string_view property);

/// What librdkafka says, but for what it quotes of a secret: it shows what it does not understand
/// of `sasl.oauthbearer.config`.
std::string without_secrets(std::string_view words);

/// The value itself, read from its file or environment variable if it says so. The error names the
/// property, never the value.
runtime::expected<std::string> resolve(const kafka_property& property);

/// The options by which Kafka's own tools get at the brokers. Where these want TLS or a log-in, it
/// stands in a file for them, client.properties (docs/operations.md).
std::string access_of_tools(const kafka_options& options);

/// Of an installation's cluster log: no namespace has that name.
inline constexpr std::string_view cluster_name = "cluster";
/// "team" -> "perdure.team"
std::string topic_of(const kafka_options& options, std::string_view name_space);

}  // namespace perdure::transport
