#include "tests/kafka_kill/topic_check.hpp"

#include <fstream>

#include <fmt/format.h>

#include "tests/kill/folded_log.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {
namespace {

constexpr auto patience = runtime::seconds(30);

/// A broker that was away leads again some time after it is back.
runtime::expected<transport::kafka_fetcher::ends> ends_of(transport::kafka_fetcher& fetcher,
                                                          const transport::kafka_partition& from,
                                                          const runtime::clock& clock) {
  const auto until = clock.monotonic() + patience;
  auto found = fetcher.ends_of(from, patience);
  while (!found && clock.monotonic() < until) found = fetcher.ends_of(from, patience);
  return found;
}

class reader {
 public:
  reader(topic_check& out, const std::string& dump) : out_(out) {
    if (!dump.empty()) dump_.open(dump);
  }

  runtime::expected<void> read(transport::kafka_fetcher& fetcher,
                               const transport::kafka_partition& from) {
    const auto ends = ends_of(fetcher, from, clock_);
    if (!ends) return std::unexpected(ends.error());
    if (ends->first == ends->end) return {};
    return fetcher.fetch_on(from, ends->first, ends->end - 1, patience,
                            [&](const transport::read_bundle& bundle) {
                              for (const auto& record : bundle.records) read_record(from, record);
                              return true;
                            });
  }

  void check_messages() {
    for (const auto& [source, sender] : folded_.states()) {
      for (const auto& [target, receiver] : folded_.states()) {
        const auto numbered = sender->numbered(target), taken = receiver->taken(source);
        out_.messages += numbered.value;
        if (numbered != taken)
          out_.problems.push_back(
              fmt::format("partition {} has numbered {} messages to {}, which has taken {}", source,
                          numbered.value, target, taken.value));
      }
    }
    out_.consumed = folded_.consumed();
    out_.claims = folded_.claims();
    out_.void_turns = folded_.void_turns();
  }

 private:
  void read_record(const transport::kafka_partition& from, const runtime::log_record& record) {
    ++out_.records;
    const auto decoded = decoder_.decode(record.at, record.bytes);
    if (!decoded) {
      out_.problems.push_back(
          fmt::format("{} {}: {}", from.topic, from.number, decoded.error().message));
      return;
    }
    if (dump_.is_open())
      dump_ << fmt::format("{} {} {} {} {} {}\n", from.topic, from.number, record.at,
                           decoded->time().us, runtime::name(decoded->kind()),
                           decoded->header->ShortDebugString());
    folded_.read(from.index, *decoded, out_.problems);
  }

  const transport::system_clock clock_;
  topic_check& out_;
  std::ofstream dump_;
  folded_log folded_;
  runtime::record_decoder decoder_;
};

}  // namespace

topic_check check_topics(const transport::kafka_options& kafka,
                         std::span<const transport::kafka_partition> partitions,
                         const std::string& dump) {
  topic_check out;
  const transport::system_clock clock;
  auto fetcher = transport::kafka_fetcher::open(kafka, clock);
  if (!fetcher) {
    out.problems.push_back(fetcher.error().message);
    return out;
  }
  reader all(out, dump);
  for (const auto& from : partitions) {
    if (const auto done = all.read(**fetcher, from); !done)
      out.problems.push_back(done.error().message);
  }
  all.check_messages();
  if (out.consumed == 0 || out.messages == 0)
    out.problems.emplace_back("nothing was consumed, or no message was sent: it shows nothing");
  return out;
}

}  // namespace perdure::testing
