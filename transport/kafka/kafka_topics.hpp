#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/error.hpp"
#include "transport/kafka/client_complaints.hpp"
#include "transport/kafka/handles.hpp"
#include "transport/kafka/kafka_options.hpp"
#include "transport/kafka/topic_rules.hpp"

namespace perdure::transport {

/// Makes topics, and compares those that are there with the rules. Blocks, always with an end. One
/// thread at a time.
class kafka_topics {
 public:
  static runtime::expected<std::unique_ptr<kafka_topics>> open(const kafka_options& options,
                                                               const runtime::clock& clock);

  /// Everything that matters about these topics, for a table; one that is missing is one finding,
  /// and wrong. Errors: `unavailable` if no broker answers, `denied`.
  runtime::expected<std::vector<topic_finding>> check(std::span<const wanted_topic> wanted);

  /// Makes those that are missing, then refuses any that could lose or reorder records:
  /// `invalid_argument` with each wrong setting and the command that mends it. What is advised
  /// only is in `advice`. `later`: topics that came after these; where one of them holds records,
  /// what is missing was deleted, and is not made anew: `invalid_argument`, with the command for
  /// who accepts the loss.
  runtime::expected<void> ensure(std::span<const wanted_topic> wanted,
                                 std::vector<topic_finding>* advice = nullptr,
                                 std::span<const wanted_topic> later = {});

  /// Deletes a partition's records before that of Kafka's offsets; those that are gone already are
  /// no error. Errors: `unavailable`, `denied`.
  runtime::expected<void> delete_records(const std::string& topic, std::int32_t partition,
                                         std::int64_t before);

 private:
  using topics = std::map<std::string, described_topic>;

  kafka_topics(const kafka_options& options, const runtime::clock& clock, kafka_client client);

  /// None for what is missing.
  runtime::expected<topics> describe(std::span<const wanted_topic> wanted);
  runtime::expected<std::optional<described_topic>> count(const wanted_topic& topic);
  /// How many of its partitions, from the first on, hold all that was written.
  runtime::expected<std::uint32_t> count_used(const described_topic& topic,
                                              const std::string& name);
  runtime::expected<std::uint32_t> ask_used(const described_topic& topic, const std::string& name);
  runtime::error deleted(const wanted_topic& topic, const std::string& used) const;
  void pause();
  /// The first one that holds records; empty: none.
  runtime::expected<std::string> first_used(std::span<const wanted_topic> topics);
  /// Gives the first topic that the broker that was asked does not know yet, of these that another
  /// one does; empty: it knows all.
  runtime::expected<std::string> add_settings(topics& to);
  std::vector<topic_finding> judge(std::span<const wanted_topic> wanted, const topics& found) const;
  runtime::expected<void> create(const std::vector<wanted_topic>& missing);
  runtime::expected<std::uint32_t> replicas_of_new();
  /// Of that topic, or of all.
  runtime::expected<kafka_metadata> metadata(rd_kafka_topic_t* topic, const std::string& what);
  runtime::expected<kafka_event> answer(rd_kafka_event_type_t wanted);

  const kafka_options options_;
  const int patience_ms_;  ///< with each question
  const runtime::clock& clock_;
  kafka_client client_;
  client_complaints complaints_;
  kafka_queue answers_;
};

}  // namespace perdure::transport
