#include "transport/kafka/kafka_options.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>

namespace perdure::transport {
namespace {

using runtime::errc;
using runtime::expected;
using runtime::fail;

/// A key, headers, and what Kafka puts around a batch of one record.
constexpr std::uint64_t around_bundle = 4096;

constexpr std::string_view from_file = "file:";
constexpr std::string_view from_environment = "env:";

/// What the log sets itself, each name that librdkafka knows it by.
constexpr auto own = std::to_array<std::string_view>({
    "acks",
    "allow.auto.create.topics",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "bootstrap.servers",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "fetch.message.max.bytes",
    "group.id",
    "group.instance.id",
    "isolation.level",
    "linger.ms",
    "log.queue",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "max.partition.fetch.bytes",
    "message.max.bytes",
    "message.send.max.retries",
    "message.timeout.ms",
    "metadata.broker.list",
    "plugin.library.paths",
    "produce.offset.report",
    "queue.buffering.max.ms",
    "request.required.acks",
    "retries",
    "transactional.id",
});
static_assert(std::ranges::is_sorted(own));

bool is_legal_in_topic(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

}  // namespace

bool is_secret(std::string_view property) {
  constexpr auto marks =
      std::to_array<std::string_view>({"password", "secret", "key.pem", "oauthbearer.config"});
  return std::ranges::any_of(marks, [&](auto mark) { return property.contains(mark); });
}

std::string without_secrets(std::string_view words) {
  constexpr std::string_view quoted = "sasl.oauthbearer.config";
  const auto at = words.find(quoted);
  if (at == std::string_view::npos) return std::string(words);
  return fmt::format("{} (the rest could show it)", words.substr(0, at + quoted.size()));
}

std::string_view refused_property(std::string_view name, std::string_view value) {
  if (name.empty()) return "has no name";
  if (std::ranges::binary_search(own, name)) {
    return "is the log's own: what it promises hangs on it";
  }
  if (name == "test" || name.starts_with("test.")) return "is for tests of librdkafka";
  if (is_secret(name) && !value.starts_with(from_file) && !value.starts_with(from_environment)) {
    return "is a secret: give file:PATH or env:NAME, from where it is read";
  }
  return {};
}

expected<std::string> resolve(const kafka_property& property) {
  const std::string_view value = property.value;
  if (value.starts_with(from_environment)) {
    const std::string name(value.substr(from_environment.size()));
    const char* found = std::getenv(name.c_str());
    if (found == nullptr) {
      return fail(errc::invalid_argument,
                  fmt::format("Kafka property {}: there is no environment variable {}",
                              property.name, name));
    }
    return std::string(found);
  }
  if (!value.starts_with(from_file)) return property.value;
  const std::string path(value.substr(from_file.size()));
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    return fail(errc::invalid_argument,
                fmt::format("Kafka property {}: {} cannot be read", property.name, path));
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

expected<void> kafka_options::validate() const {
  struct limits {
    const char* name;
    std::uint64_t value;
    std::uint64_t least;
    std::uint64_t most;
  };
  const limits all[] = {
      {"replication", replication, 1, 7},
      {"bundle_bytes", bundle_bytes, std::uint64_t{64} << 10, std::uint64_t{8} << 20},
      {"bundle_wait_us", bundle_wait_us, 0, 100'000},
      {"tail_bytes", tail_bytes, 0, std::uint64_t{1} << 40},
      {"append_timeout_ms", append_timeout_ms, 0, 3'600'000},
      {"opening_timeout_ms", opening_timeout_ms, 100, 3'600'000},
  };
  for (const auto& option : all) {
    if (option.value < option.least || option.value > option.most) {
      return fail(errc::invalid_argument,
                  fmt::format("Kafka option {} is {}: give {} to {}", option.name, option.value,
                              option.least, option.most));
    }
  }
  constexpr std::size_t longest_prefix = 64;
  if (topic_prefix.size() > longest_prefix ||
      !std::ranges::all_of(topic_prefix, is_legal_in_topic)) {
    return fail(errc::invalid_argument,
                "Kafka option topic_prefix: give up to 64 of a-z, A-Z, 0-9, \".\", \"-\", \"_\"");
  }
  for (const auto& property : properties) {
    if (const auto why = refused_property(property.name, property.value); !why.empty()) {
      return fail(errc::invalid_argument,
                  fmt::format("Kafka property \"{}\" {}", property.name, why));
    }
  }
  return {};
}

std::uint64_t kafka_options::record_bytes() const { return bundle_bytes + around_bundle; }

std::string access_of_tools(const kafka_options& options) {
  const bool secured = std::ranges::any_of(options.properties, [](const kafka_property& property) {
    return property.name == "security.protocol" &&
           !boost::algorithm::iequals(property.value, "plaintext");
  });
  return fmt::format("--bootstrap-server {}{}", options.bootstrap_servers,
                     secured ? " --command-config client.properties" : "");
}

std::string topic_of(const kafka_options& options, std::string_view name_space) {
  return options.topic_prefix + std::string(name_space);
}

}  // namespace perdure::transport
