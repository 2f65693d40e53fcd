#include "transport/kafka/kafka_groups.hpp"

#include <utility>

#include "transport/kafka/kafka_clients.hpp"

namespace perdure::transport {

using runtime::errc;
using runtime::expected;
using runtime::fail;

expected<kafka_groups::group*> kafka_groups::find(const std::string& name) {
  auto& known = groups_[name];
  if (!known.client) {
    auto client = make_group_client(options_, name);
    if (!client) return std::unexpected(client.error());
    known.client = *std::move(client);
    known.complaints = std::make_unique<client_complaints>(*known.client);
    known.answers.reset(rd_kafka_queue_new(known.client.get()));
  }
  return &known;
}

expected<void> kafka_groups::tell(const std::string& group,
                                  const std::map<std::size_t, std::int64_t>& applied,
                                  const kafka_layout& layout, runtime::duration patience) {
  const auto known = find(group);
  if (!known) return std::unexpected(known.error());
  auto& [client, complaints, answers] = **known;
  while (kafka_event(rd_kafka_queue_poll(answers.get(), 0))) {
    // An answer that came too late.
  }
  const kafka_partition_list list(
      rd_kafka_topic_partition_list_new(static_cast<int>(applied.size())));
  for (const auto& [number, next] : applied) {
    const auto& partition = layout[number];
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)
        ->offset = next;
  }
  auto code = rd_kafka_commit_queue(client.get(), list.get(), answers.get(), nullptr, nullptr);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(errc::unavailable, in_words(code));
  const kafka_event answer(rd_kafka_queue_poll(answers.get(), in_ms(patience)));
  if (!answer) return fail(errc::unavailable, "no broker answered" + complaints->words());
  code = rd_kafka_event_error(answer.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(errc::unavailable, in_words(code) + complaints->words());
  }
  complaints->forget();
  return {};
}

}  // namespace perdure::transport
