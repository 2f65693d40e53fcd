#include "deploy/cli/topic_dump.hpp"

#include <algorithm>

#include "deploy/cli/kafka_settings.hpp"
#include "deploy/cli/offline_log.hpp"
#include "deploy/cli/shown_record.hpp"
#include "transport/kafka/bundle_place.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/system_clock.hpp"

namespace perdure::deploy {
namespace {

exit_code code_of(const runtime::error& why) {
  using runtime::errc;
  const bool unreadable = why.code == errc::corrupt || why.code == errc::unsupported_format;
  return unreadable ? exit_code::damaged : failure_of(why).exit;
}

}  // namespace

void dump_topic(const wanted_topic_dump& wanted, const node_settings& settings,
                command_context& context) {
  const auto options = kafka_settings(settings, context);
  if (!options) return;
  const transport::system_clock clock;
  const auto patience = runtime::milliseconds(options->kafka.opening_timeout_ms);
  auto fetcher = transport::kafka_fetcher::open(options->kafka, clock);
  if (!fetcher) return context.fail(failure_of(fetcher.error()));
  const transport::kafka_partition from{
      wanted.topic, "", wanted.partition,
      runtime::partition_index(static_cast<std::uint32_t>(wanted.partition))};
  const auto ends = (*fetcher)->ends_of(from, patience);
  if (!ends) return context.fail(failure_of(ends.error()));
  const auto begin = std::max(ends->first, transport::place_of(wanted.from).bundle);
  if (begin >= ends->end) return;
  const bool of_cluster = wanted.topic == topic_of(options->kafka, transport::cluster_name);
  const auto decode = of_cluster ? decoder_of_cluster() : decoder_of_mailbox();
  const auto done = (*fetcher)->fetch_on(
      from, begin, ends->end - 1, patience, [&](const transport::read_bundle& bundle) {
        for (const auto& record : bundle.records) {
          if (record.at < wanted.from) continue;
          show_record({.at = record.at,
                       .partition = record.partition,
                       .bytes = record.bytes.view(),
                       .path = wanted.topic,
                       .position = static_cast<std::uint64_t>(bundle.at),
                       .batch_position = 0,
                       .batch_first = {}},
                      decode, context);
        }
        return true;
      });
  if (!done) context.fail(code_of(done.error()), done.error().message);
}

}  // namespace perdure::deploy
