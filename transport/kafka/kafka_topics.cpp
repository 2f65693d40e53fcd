#include "transport/kafka/kafka_topics.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "transport/kafka/kafka_clients.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::expected;
using runtime::fail;

namespace {

/// Until all brokers know a topic that was just made.
constexpr auto patience_with_new = runtime::seconds(15);

std::unexpected<runtime::error> failed(std::string_view what, rd_kafka_resp_err_t code,
                                       const char* words) {
  const bool denied = code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                      code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
  return fail(denied ? errc::denied : errc::unavailable,
              fmt::format("Kafka, {}: {}", what, words != nullptr ? words : in_words(code)));
}

topic_finding missing(const wanted_topic& topic) {
  return {
      topic.name, "topic", "missing", "there", topic_verdict::wrong, "a node that starts makes it"};
}

}  // namespace

expected<std::unique_ptr<kafka_topics>> kafka_topics::open(const kafka_options& options,
                                                           const runtime::clock& clock) {
  if (auto valid = options.validate(); !valid) return std::unexpected(valid.error());
  auto client = make_consumer(options, reading::places);
  if (!client) return std::unexpected(client.error());
  return std::unique_ptr<kafka_topics>(new kafka_topics(options, clock, *std::move(client)));
}

kafka_topics::kafka_topics(const kafka_options& options, const runtime::clock& clock,
                           kafka_client client)
    : options_(options),
      patience_ms_(static_cast<int>(options.opening_timeout_ms)),
      clock_(clock),
      client_(std::move(client)),
      complaints_(*client_),
      answers_(rd_kafka_queue_new(client_.get())) {}

expected<std::vector<topic_finding>> kafka_topics::check(std::span<const wanted_topic> wanted) {
  const auto found = describe(wanted);
  if (!found) return std::unexpected(found.error());
  return judge(wanted, *found);
}

std::vector<topic_finding> kafka_topics::judge(std::span<const wanted_topic> wanted,
                                               const topics& found) const {
  std::vector<topic_finding> all;
  for (const auto& topic : wanted) {
    const auto is = found.find(topic.name);
    if (is == found.end()) {
      all.push_back(missing(topic));
    } else {
      std::ranges::move(judge_topic(topic, is->second, access_of_tools(options_)),
                        std::back_inserter(all));
    }
  }
  return all;
}

expected<void> kafka_topics::ensure(std::span<const wanted_topic> wanted,
                                    std::vector<topic_finding>* advice,
                                    std::span<const wanted_topic> later) {
  const auto until = clock_.monotonic() + patience_with_new;
  bool made = false;
  std::vector<topic_finding> findings;
  while (true) {
    const auto found = describe(wanted);
    if (!found) return std::unexpected(found.error());
    std::vector<wanted_topic> absent;
    for (const auto& topic : wanted) {
      if (!found->contains(topic.name)) absent.push_back(topic);
    }
    if (absent.empty()) {
      findings = judge(wanted, *found);
      break;
    }
    const bool late = clock_.monotonic() >= until;
    if (made && late) {
      return fail(errc::unavailable, fmt::format("topic {} was made, and no broker knows it yet",
                                                 absent.front().name));
    }
    if (made) continue;
    const auto used = first_used(later);
    if (!used) return std::unexpected(used.error());
    if (used->empty()) {
      if (auto done = create(absent); !done) return done;
      made = true;
    } else if (late) {  // until then a broker may just not know it
      return std::unexpected(deleted(absent.front(), *used));
    } else {
      pause();
    }
  }
  if (auto why = refusal(findings); !why.empty()) {
    return fail(errc::invalid_argument, "Kafka's topics are not as they must be: " + why);
  }
  std::erase_if(findings, [](const auto& one) { return one.verdict == topic_verdict::right; });
  if (advice != nullptr) *advice = std::move(findings);
  return {};
}

runtime::error kafka_topics::deleted(const wanted_topic& topic, const std::string& used) const {
  return {errc::invalid_argument,
          fmt::format("topic {} is not there, and topic {}, which came after it, holds records: it "
                      "was deleted. Bring it back from a copy; if there is none, make it anew by "
                      "hand (docs/operations.md, A cluster): {}",
                      topic.name, used,
                      creation(topic, options_.replication, access_of_tools(options_)))};
}

expected<std::string> kafka_topics::first_used(std::span<const wanted_topic> topics) {
  for (const auto& topic : topics) {
    const auto found = count(topic);
    if (!found) return std::unexpected(found.error());
    if (!*found) continue;
    const auto used = count_used(**found, topic.name);
    if (!used) return std::unexpected(used.error());
    if (*used > 0) return topic.name;
  }
  return "";
}

/// Nothing comes to that queue by itself.
void kafka_topics::pause() {
  constexpr int pause_ms = 100;
  const kafka_event nothing(rd_kafka_queue_poll(answers_.get(), pause_ms));
}

expected<kafka_topics::topics> kafka_topics::describe(std::span<const wanted_topic> wanted) {
  const auto until = clock_.monotonic() + patience_with_new;
  while (true) {
    topics found;
    for (const auto& topic : wanted) {
      auto counted = count(topic);
      if (!counted) return std::unexpected(counted.error());
      if (*counted) found.emplace(topic.name, **std::move(counted));
    }
    if (found.empty()) return found;
    const auto unknown = add_settings(found);
    if (!unknown) return std::unexpected(unknown.error());
    if (unknown->empty()) return found;
    if (clock_.monotonic() >= until) {
      return fail(
          errc::unavailable,
          fmt::format("topic {} is known to some brokers, and others do not know it", *unknown));
    }
  }
}

expected<std::optional<described_topic>> kafka_topics::count(const wanted_topic& wanted) {
  const auto& name = wanted.name;
  const auto topic = make_topic(*client_, name);
  if (!topic) return std::unexpected(topic.error());
  const auto told = metadata(topic->get(), "topic " + name);
  if (!told) return std::unexpected(told.error());
  if ((*told)->topic_cnt == 0) return std::nullopt;
  const auto& about = (*told)->topics[0];
  if (is_unknown_topic(about.err)) return std::nullopt;
  if (about.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
      about.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
    return failed("topic " + name, about.err, nullptr);
  described_topic out{static_cast<std::uint32_t>(about.partition_cnt), 0, {}};
  for (int i = 0; i < about.partition_cnt; ++i) {
    const auto replicas = static_cast<std::uint32_t>(about.partitions[i].replica_cnt);
    out.replicas = i == 0 ? replicas : std::min(out.replicas, replicas);
  }
  if (out.partitions == wanted.partitions) return out;
  // Where it cannot be found out nobody is advised to do harm, or kept from starting.
  const auto used = count_used(out, name);
  out.used = used.value_or(out.partitions < wanted.partitions ? out.partitions : 0);
  return out;
}

/// Partitions that were just added have no leader yet that this client knows.
expected<std::uint32_t> kafka_topics::count_used(const described_topic& topic,
                                                 const std::string& name) {
  const auto until = clock_.monotonic() + patience_with_refusal;
  while (true) {
    auto used = ask_used(topic, name);
    if (used || used.error().code == errc::denied || clock_.monotonic() >= until) return used;
    pause();
    const auto handle = make_topic(*client_, name);
    if (!handle) return std::unexpected(handle.error());
    if (const auto again = metadata(handle->get(), "topic " + name); !again) {
      return std::unexpected(again.error());
    }
  }
}

/// Not by rd_kafka_query_watermark_offsets, see kafka_fetcher.
expected<std::uint32_t> kafka_topics::ask_used(const described_topic& topic,
                                               const std::string& name) {
  const kafka_partition_list ends(
      rd_kafka_topic_partition_list_new(static_cast<int>(topic.partitions)));
  for (std::uint32_t i = 0; i < topic.partitions; ++i) {
    rd_kafka_topic_partition_list_add(ends.get(), name.c_str(), static_cast<std::int32_t>(i))
        ->offset = RD_KAFKA_OFFSET_END;  // the same number as a time, in Kafka's protocol
  }
  auto code = rd_kafka_offsets_for_times(client_.get(), ends.get(), in_ms(patience_with_refusal));
  std::uint32_t used = 0;
  for (const auto& one : std::span(ends->elems, static_cast<std::size_t>(ends->cnt))) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = one.err;
    if (one.offset > 0) used = std::max(used, static_cast<std::uint32_t>(one.partition) + 1);
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return failed("the ends of topic " + name, code, nullptr);
  return used;
}

expected<std::string> kafka_topics::add_settings(topics& to) {
  std::vector<kafka_config_resource> resources;
  std::vector<rd_kafka_ConfigResource_t*> asked;
  for (const auto& [name, topic] : to) {
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    asked.push_back(resources.back().get());
  }
  const kafka_admin_options options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), patience_ms_, nullptr, 0);
  rd_kafka_DescribeConfigs(client_.get(), asked.data(), asked.size(), options.get(),
                           answers_.get());
  const auto told = answer(RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT);
  if (!told) return std::unexpected(told.error());
  std::size_t count = 0;
  const auto** described = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(told->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = rd_kafka_ConfigResource_name(described[i]);
    const auto code = rd_kafka_ConfigResource_error(described[i]);
    if (is_unknown_topic(code)) return name;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return failed("settings of topic " + name, code,
                    rd_kafka_ConfigResource_error_string(described[i]));
    }
    std::size_t settings = 0;
    const auto** entries = rd_kafka_ConfigResource_configs(described[i], &settings);
    for (std::size_t k = 0; k < settings; ++k) {
      const char* value = rd_kafka_ConfigEntry_value(entries[k]);
      to[name].settings[rd_kafka_ConfigEntry_name(entries[k])] = value == nullptr ? "" : value;
    }
  }
  return "";
}

/// As many as are wanted, or one if there is only one broker at all.
expected<std::uint32_t> kafka_topics::replicas_of_new() {
  const auto until = clock_.monotonic() + runtime::milliseconds(patience_ms_);
  while (true) {
    const auto told = metadata(nullptr, "its brokers");
    if (!told) return std::unexpected(told.error());
    const auto brokers = static_cast<std::uint32_t>((*told)->broker_cnt);
    if (const auto replicas = transport::replicas_of_new(brokers, options_.replication)) {
      return *replicas;
    }
    if (clock_.monotonic() >= until) {
      return fail(errc::unavailable, "Kafka: no broker is registered: look at their logs");
    }
  }
}

expected<kafka_metadata> kafka_topics::metadata(rd_kafka_topic_t* topic, const std::string& what) {
  const auto begun = clock_.monotonic();
  const auto until = begun + runtime::milliseconds(patience_ms_);
  while (true) {
    const rd_kafka_metadata_t* told = nullptr;
    const auto wait = std::min(until - clock_.monotonic(), patience_with_refusal);
    const auto code = rd_kafka_metadata(client_.get(), 0, topic, &told, in_ms(wait));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_metadata(told);
    const auto now = clock_.monotonic();
    const auto refused = complaints_.refusal();
    if (refused && now - begun >= patience_with_refusal) return std::unexpected(*refused);
    const bool silent =
        code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (now < until && silent) continue;
    return failed(what, code, (in_words(code) + complaints_.words()).c_str());
  }
}

expected<void> kafka_topics::create(const std::vector<wanted_topic>& missing) {
  const auto replicas = replicas_of_new();
  if (!replicas) return std::unexpected(replicas.error());
  std::vector<kafka_new_topic> topics;
  std::vector<rd_kafka_NewTopic_t*> asked;
  for (const auto& topic : missing) {
    std::array<char, 512> why{};
    topics.emplace_back(rd_kafka_NewTopic_new(topic.name.c_str(),
                                              static_cast<int>(topic.partitions),
                                              static_cast<int>(*replicas), why.data(), why.size()));
    if (!topics.back()) {
      return fail(errc::invalid_argument, fmt::format("topic {}: {}", topic.name, why.data()));
    }
    for (const auto& [name, value] : topic_settings(topic, *replicas)) {
      rd_kafka_NewTopic_set_config(topics.back().get(), name.c_str(), value.c_str());
    }
    asked.push_back(topics.back().get());
  }
  const kafka_admin_options options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), patience_ms_, nullptr, 0);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), patience_ms_, nullptr, 0);
  rd_kafka_CreateTopics(client_.get(), asked.data(), asked.size(), options.get(), answers_.get());
  const auto told = answer(RD_KAFKA_EVENT_CREATETOPICS_RESULT);
  if (!told) return std::unexpected(told.error());
  std::size_t count = 0;
  const auto** made =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(told->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(made[i]);
    // Another node may have been quicker.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const auto what = fmt::format("making topic {} with {} replicas",
                                  rd_kafka_topic_result_name(made[i]), *replicas);
    if (code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR) {
      return fail(errc::invalid_argument,
                  fmt::format("Kafka, {}: {}: start more brokers, or set kafka.replication", what,
                              rd_kafka_topic_result_error_string(made[i])));
    }
    return failed(what, code, rd_kafka_topic_result_error_string(made[i]));
  }
  return {};
}

expected<void> kafka_topics::delete_records(const std::string& topic, std::int32_t partition,
                                            std::int64_t before) {
  const kafka_partition_list list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
  const kafka_delete_records wish(rd_kafka_DeleteRecords_new(list.get()));
  auto* asked = wish.get();
  const kafka_admin_options options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DELETERECORDS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), patience_ms_, nullptr, 0);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), patience_ms_, nullptr, 0);
  rd_kafka_DeleteRecords(client_.get(), &asked, 1, options.get(), answers_.get());
  const auto told = answer(RD_KAFKA_EVENT_DELETERECORDS_RESULT);
  if (!told) return std::unexpected(told.error());
  const auto* done =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(told->get()));
  for (int i = 0; i < done->cnt; ++i) {
    if (const auto code = done->elems[i].err; code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failed(fmt::format("deleting records of topic {}", topic), code, nullptr);
  }
  return {};
}

expected<kafka_event> kafka_topics::answer(rd_kafka_event_type_t wanted) {
  constexpr int more_ms = 5'000;
  kafka_event told(rd_kafka_queue_poll(answers_.get(), patience_ms_ + more_ms));
  if (!told || rd_kafka_event_type(told.get()) != wanted) {
    return fail(errc::unavailable, "Kafka: no broker answered" + complaints_.words());
  }
  if (const auto code = rd_kafka_event_error(told.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failed("a request of administration", code, rd_kafka_event_error_string(told.get()));
  }
  return told;
}

}  // namespace perdure::transport
