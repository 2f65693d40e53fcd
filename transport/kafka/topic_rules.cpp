#include "transport/kafka/topic_rules.hpp"

#include <charconv>
#include <iterator>
#include <optional>

#include <fmt/format.h>

namespace perdure::transport {
namespace {

/// From so many replicas on one may be away, and a record is still on two.
constexpr std::uint32_t safe_replicas = 3;

std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Collects findings about one topic.
class judgement {
 public:
  judgement(const wanted_topic& wanted, const described_topic& is, const std::string& access)
      : wanted_(wanted), is_(is), access_(access) {}

  void must_be(const std::string& setting, const std::string& value) {
    const auto found = is_.settings.find(setting);
    add(setting, text_of(setting), value, found != is_.settings.end() && found->second == value,
        alter(setting, value));
  }

  void must_be_at_least(const std::string& setting, std::uint64_t least) {
    const auto found = is_.settings.find(setting);
    const auto value = found == is_.settings.end() ? std::nullopt : number_in(found->second);
    const bool good = value && *value >= 0 && static_cast<std::uint64_t>(*value) >= least;
    add(setting, text_of(setting), fmt::format("{} or more", least), good,
        alter(setting, std::to_string(least)));
  }

  /// A namespace keeps the number that it was made with, and a node writes to each of its
  /// partitions at once: so a topic that is used must not get more, and shows how many are right.
  void must_have_partitions() {
    topic_finding found{wanted_.name,
                        "partitions",
                        std::to_string(is_.partitions),
                        std::to_string(wanted_.partitions),
                        topic_verdict::right,
                        ""};
    const bool made_with_others =
        is_.used > wanted_.partitions || (is_.used > 0 && is_.partitions < wanted_.partitions);
    if (made_with_others) {
      found.verdict = topic_verdict::wrong;
      found.advice = fmt::format(
          "set the namespace's partitions to {}, as many as are written to: it keeps the number "
          "that it was made with",
          is_.used);
    } else if (is_.partitions < wanted_.partitions) {
      found.verdict = topic_verdict::wrong;
      found.advice = fmt::format("kafka-topics.sh {} --alter --topic {} --partitions {}", access_,
                                 wanted_.name, wanted_.partitions);
    } else if (is_.partitions > wanted_.partitions) {
      found.verdict = topic_verdict::advised;
      found.advice = "those beyond stay unused, and do no harm";
    }
    all_.push_back(std::move(found));
  }

  void should_have_replicas() {
    const bool good = is_.replicas >= safe_replicas;
    all_.push_back({wanted_.name, "replicas", std::to_string(is_.replicas),
                    fmt::format("{} or more", safe_replicas),
                    good ? topic_verdict::right : topic_verdict::advised,
                    good
                        ? ""
                        : "a record is on few brokers: kafka-reassign-partitions.sh adds replicas, "
                          "kafka.replication says how many a new topic gets"});
  }

  void should_be_at_most(const std::string& setting, std::uint64_t most) {
    const auto found = is_.settings.find(setting);
    const auto value = found == is_.settings.end() ? std::nullopt : number_in(found->second);
    const bool good = value && *value > 0 && static_cast<std::uint64_t>(*value) <= most;
    all_.push_back({wanted_.name, setting, text_of(setting), fmt::format("{} or less", most),
                    good ? topic_verdict::right : topic_verdict::advised,
                    good ? "" : alter(setting, std::to_string(most))});
  }

  std::vector<topic_finding> all() && { return std::move(all_); }

 private:
  std::string text_of(const std::string& setting) const {
    const auto found = is_.settings.find(setting);
    return found == is_.settings.end() ? "unknown" : found->second;
  }
  std::string alter(const std::string& setting, const std::string& value) const {
    return fmt::format(
        "kafka-configs.sh {} --alter --entity-type topics --entity-name {} --add-config {}={}",
        access_, wanted_.name, setting, value);
  }
  void add(const std::string& setting, std::string is, std::string should_be, bool good,
           std::string advice) {
    all_.push_back({wanted_.name, setting, std::move(is), std::move(should_be),
                    good ? topic_verdict::right : topic_verdict::wrong, good ? "" : advice});
  }

  const wanted_topic& wanted_;
  const described_topic& is_;
  const std::string& access_;
  std::vector<topic_finding> all_;
};

std::uint32_t least_in_sync(std::uint32_t replicas) { return replicas >= safe_replicas ? 2 : 1; }

}  // namespace

std::vector<topic_finding> judge_topic(const wanted_topic& wanted, const described_topic& is,
                                       const std::string& access) {
  judgement judged(wanted, is, access);
  judged.must_have_partitions();
  judged.should_have_replicas();
  judged.must_be("cleanup.policy", "delete");
  judged.must_be("retention.ms", "-1");
  judged.must_be("retention.bytes", "-1");
  judged.must_be("unclean.leader.election.enable", "false");
  judged.must_be_at_least("min.insync.replicas", least_in_sync(is.replicas));
  judged.must_be_at_least("max.message.bytes", wanted.record_bytes);
  if (wanted.segment_bytes != 0) judged.should_be_at_most("segment.bytes", wanted.segment_bytes);
  return std::move(judged).all();
}

std::map<std::string, std::string> topic_settings(const wanted_topic& wanted,
                                                  std::uint32_t replicas) {
  std::map<std::string, std::string> all{
      {"cleanup.policy", "delete"},
      {"retention.ms", "-1"},
      {"retention.bytes", "-1"},
      {"unclean.leader.election.enable", "false"},
      {"min.insync.replicas", std::to_string(least_in_sync(replicas))},
      {"max.message.bytes", std::to_string(wanted.record_bytes)}};
  if (wanted.segment_bytes != 0) all["segment.bytes"] = std::to_string(wanted.segment_bytes);
  return all;
}

std::string creation(const wanted_topic& wanted, std::uint32_t replicas,
                     const std::string& access) {
  auto command =
      fmt::format("kafka-topics.sh {} --create --topic {} --partitions {} --replication-factor {}",
                  access, wanted.name, wanted.partitions, replicas);
  for (const auto& [name, value] : topic_settings(wanted, replicas)) {
    fmt::format_to(std::back_inserter(command), " --config {}={}", name, value);
  }
  return command;
}

std::string refusal(const std::vector<topic_finding>& findings) {
  std::string out;
  for (const auto& one : findings) {
    if (one.verdict != topic_verdict::wrong) continue;
    fmt::format_to(std::back_inserter(out), "{}topic {}: {} is {}, should be {}: {}",
                   out.empty() ? "" : "; ", one.topic, one.setting, one.is, one.should_be,
                   one.advice);
  }
  return out;
}

std::optional<std::uint32_t> replicas_of_new(std::uint32_t brokers, std::uint32_t wanted) {
  if (brokers == 0) return std::nullopt;
  return brokers == 1 ? 1 : wanted;
}

}  // namespace perdure::transport
