#include "tests/kafka_log/real_broker.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <unistd.h>

#include "transport/kafka/kafka_clients.hpp"
#include "transport/kafka/kafka_topics.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {
namespace {

constexpr int patience_ms = 60'000;

void check(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

bool is_no_coordinator_yet(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
         code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

}  // namespace

real_broker& real_broker::of_this_program() {
  const char* version = std::getenv("PERDURE_KAFKA_VERSION");
  static real_broker one({.version = version == nullptr ? "" : version,
                          .command = "tests/kafka_log/secured_kafka.py"});
  return one;
}

real_broker::real_broker(broker_wish wish) : wish_(std::move(wish)) {
  auto name = (std::filesystem::temp_directory_path() / "perdure-kafka-log-XXXXXX").string();
  check(mkdtemp(name.data()) != nullptr, "cannot make " + name);
  directory_ = name;
  const auto told = run(fmt::format("start --owner {} --brokers {}{}", getpid(), wish_.brokers,
                                    wish_.version.empty() ? "" : " --version " + wish_.version));
  const auto begin = told.find("bootstrap.servers=");
  check(begin != std::string::npos, told);
  servers_ = told.substr(begin + 18, told.find('\n', begin) - begin - 18);
  client_ = *transport::make_consumer(options(), transport::reading::places);
  answers_.reset(rd_kafka_queue_new(client_.get()));
}

real_broker::~real_broker() {
  run("stop --at-once");
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void real_broker::run(const std::string& verb, int broker) {
  run(fmt::format("{} --broker {}", verb, broker));
}

std::string real_broker::run(const std::string& command) {
  const char* source = std::getenv("PERDURE_SOURCE_DIR");
  const auto [verb, rest] = std::pair(command.substr(0, command.find(' ')),
                                      command.substr(std::min(command.find(' '), command.size())));
  const auto line =
      fmt::format("'{}/{}' {} --directory '{}/data' {} 2>&1", source == nullptr ? "." : source,
                  wish_.command, verb, directory_, rest);
  FILE* pipe = popen(line.c_str(), "r");  // NOLINT(cert-env33-c): the path is the test's own
  check(pipe != nullptr, line);
  std::string told;
  std::array<char, 1024> piece{};
  while (fgets(piece.data(), piece.size(), pipe) != nullptr) told += piece.data();
  check(pclose(pipe) == 0, line + ": " + told);
  return told;
}

transport::kafka_options real_broker::options() const {
  transport::kafka_options options;
  options.bootstrap_servers = servers_;
  return options;
}

std::string real_broker::fresh_name() { return fmt::format("topic-{}", ++names_); }

void real_broker::create(const std::string& topic, std::uint32_t partitions) {
  const transport::system_clock clock;
  auto topics = transport::kafka_topics::open(options(), clock);
  const std::array wanted{transport::wanted_topic{topic, partitions, options().record_bytes()}};
  const auto made = (*topics)->ensure(wanted);
  check(made.has_value(), made ? "" : made.error().message);
}

transport::kafka_event real_broker::answer() {
  transport::kafka_event told(rd_kafka_queue_poll(answers_.get(), patience_ms));
  check(told != nullptr, "no answer");
  check(rd_kafka_event_error(told.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
        transport::in_words(rd_kafka_event_error(told.get())));
  return told;
}

void real_broker::add_partitions(const std::string& topic, std::size_t in_all) {
  std::array<char, 512> why{};
  auto* asked = rd_kafka_NewPartitions_new(topic.c_str(), in_all, why.data(), why.size());
  check(asked != nullptr, why.data());
  rd_kafka_CreatePartitions(client_.get(), &asked, 1, nullptr, answers_.get());
  answer();
  rd_kafka_NewPartitions_destroy(asked);
  while (leader_of(topic, static_cast<int>(in_all) - 1) < 0) {
    // The broker has them, and comes to know that it has some time later.
  }
}

void real_broker::remove(const std::string& topic) {
  auto* asked = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(client_.get(), &asked, 1, nullptr, answers_.get());
  answer();
  rd_kafka_DeleteTopic_destroy(asked);
}

void real_broker::set(const std::string& topic, const std::string& setting,
                      const std::string& value) {
  const transport::kafka_config_resource resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  // Replaces all settings of the topic, so the right ones go with it.
  auto all = transport::topic_settings({topic, 1, options().record_bytes()}, 1);
  all[setting] = value;
  for (const auto& [name, one] : all) {
    rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), one.c_str());
  }
  auto* asked = resource.get();
  rd_kafka_AlterConfigs(client_.get(), &asked, 1, nullptr, answers_.get());
  answer();
  while (setting_of(topic, setting) != value) {
    // The broker has it, and comes to know that it has some time later.
  }
}

std::string real_broker::setting_of(const std::string& topic, const std::string& setting) {
  const transport::kafka_config_resource resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  auto* asked = resource.get();
  rd_kafka_DescribeConfigs(client_.get(), &asked, 1, nullptr, answers_.get());
  const auto told = answer();
  std::size_t count = 0;
  const auto** topics = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(told.get()), &count);
  std::size_t settings = 0;
  const auto** all = rd_kafka_ConfigResource_configs(topics[0], &settings);
  for (std::size_t i = 0; i < settings; ++i) {
    if (rd_kafka_ConfigEntry_name(all[i]) == setting) return rd_kafka_ConfigEntry_value(all[i]);
  }
  return {};
}

void real_broker::delete_records(const std::string& topic, std::int64_t before) {
  const transport::kafka_partition_list list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = before;
  auto* asked = rd_kafka_DeleteRecords_new(list.get());
  rd_kafka_DeleteRecords(client_.get(), &asked, 1, nullptr, answers_.get());
  answer();
  rd_kafka_DeleteRecords_destroy(asked);
}

int real_broker::leader_of(const std::string& topic, int partition) {
  const auto handle = transport::make_topic(*client_, topic);
  const rd_kafka_metadata_t* told = nullptr;
  const auto code = rd_kafka_metadata(client_.get(), 0, handle->get(), &told, patience_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return -1;
  const transport::kafka_metadata metadata(told);
  const auto& about = metadata->topics[0];
  return partition < about.partition_cnt ? about.partitions[partition].leader : -1;
}

std::int64_t real_broker::end_of(const std::string& topic, int partition) {
  std::int64_t first = 0;
  std::int64_t end = 0;
  auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
  do {  // a broker that was away leads again some time after it is back
    code = rd_kafka_query_watermark_offsets(client_.get(), topic.c_str(), partition, &first, &end,
                                            patience_ms);
  } while (code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  check(code == RD_KAFKA_RESP_ERR_NO_ERROR, transport::in_words(code));
  return end;
}

std::filesystem::path real_broker::file_of(const std::string& topic, int partition) const {
  const auto folder = fmt::format("{}-{}", topic, partition);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    if (entry.path().extension() == ".log" && entry.path().parent_path().filename() == folder)
      return entry.path();
  }
  throw std::runtime_error("the broker has no file of " + folder);
}

std::vector<seen_record> real_broker::records_of(const std::string& topic, int partition) {
  const auto end = end_of(topic, partition);
  const auto made = transport::make_consumer(options(), transport::reading::onwards);
  check(made.has_value(), made ? "" : made.error().message);
  const auto handle = transport::make_topic(**made, topic);
  rd_kafka_consume_start(handle->get(), partition, RD_KAFKA_OFFSET_BEGINNING);
  std::vector<seen_record> all;
  for (std::int64_t next = 0; next < end;) {
    const transport::kafka_message got(rd_kafka_consume(handle->get(), partition, patience_ms));
    check(got != nullptr && got->err == RD_KAFKA_RESP_ERR_NO_ERROR, "a record cannot be read");
    next = got->offset + 1;
    auto& seen = all.emplace_back();
    seen.key.assign(static_cast<const char*>(got->key), got->key_len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(got.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      seen.headers.emplace(name, std::string(static_cast<const char*>(value), size));
    }
  }
  rd_kafka_consume_stop(handle->get(), partition);
  return all;
}

std::int64_t real_broker::committed(const std::string& group, const std::string& topic,
                                    int partition) {
  const transport::kafka_partition_list list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  auto* asked = rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get());
  transport::kafka_event told;
  do {  // a broker that has just started learns some time later that it coordinates groups
    rd_kafka_ListConsumerGroupOffsets(client_.get(), &asked, 1, nullptr, answers_.get());
    told.reset(rd_kafka_queue_poll(answers_.get(), patience_ms));
  } while (told && is_no_coordinator_yet(rd_kafka_event_error(told.get())));
  rd_kafka_ListConsumerGroupOffsets_destroy(asked);
  check(told != nullptr && rd_kafka_event_error(told.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
        "what group " + group + " was told cannot be asked");
  std::size_t count = 0;
  const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(told.get()), &count);
  const auto* found = count == 0 ? nullptr : rd_kafka_group_result_partitions(groups[0]);
  return found == nullptr || found->cnt == 0 ? -1 : found->elems[0].offset;
}

}  // namespace perdure::testing
