#include "tests/sim/openings.hpp"

#include <algorithm>
#include <cstring>

#include "tests/sim/violated.hpp"
#include "tests/unit/runtime/records.hpp"
#include "tests/unit/runtime/signed_record.hpp"

namespace perdure::sim {
namespace {

using runtime::errc;
using runtime::log_record;
using runtime::namespace_options;
using runtime::record_kind;
using log_records = std::vector<log_record>;
using configuration = std::vector<namespace_options>;

// docs/formats/envelope.md
constexpr std::size_t oldest_reader_at = 1, kind_at = 2, checked_from = 12, payloads_at = 14,
                      header_length_at = 24, envelope = 28;

constexpr const char* of_cluster[] = {"join", "heartbeat", "suspect",   "gone", "leaving",
                                      "left", "drain",     "namespace", "warm", "view"};

void expect(bool holds, std::string_view what) {
  if (!holds) throw violated(fmt::format("a node that begins on this log: {}", what));
}

runtime::expected<runtime::installation> opened(std::span<const log_record> records,
                                                std::span<const namespace_options> wanted) {
  runtime::opening_fold fold;
  fold.read(records);
  return fold.match(wanted, runtime::incarnation(0xAB));
}

/// It says so, and why.
template <class T>
void expect_refusal(const runtime::expected<T>& got, std::string_view wanted) {
  const auto said = got ? std::string("opened")
                        : fmt::format("{}: {}", name(got.error().code), got.error().message);
  expect(said.starts_with(wanted), fmt::format("says '{}', not '{}'", said, wanted));
}

// ---- Another configuration ------------------------------------------------------------------

void check_refused_configuration(std::span<const log_record> records, configuration wanted,
                                 testing::dice& chance) {
  auto& space = chance.one_of(wanted);
  const auto had = space.partitions;
  if (chance.happens(.5)) {
    space.partitions = had + 1 - 2 * (had > 1 ? chance.below(2) : 0);
    return expect_refusal(
        opened(records, wanted),
        fmt::format("invalid_argument: namespace '{}' has {} partitions in the log and {} in the "
                    "configuration: set it back to {}",
                    space.name, had, space.partitions, had));
  }
  const auto forgotten = space.name;
  std::erase_if(wanted, [&](const auto& one) { return one.name == forgotten; });
  expect_refusal(opened(records, wanted),
                 fmt::format("invalid_argument: the log holds namespace '{}' but the configuration "
                             "does not name it: add it with {} partitions",
                             forgotten, had));
}

/// Each of its partitions hears of it, no other does; a new namespace is opened beside the others.
void check_changed_configuration(std::span<const log_record> records, configuration wanted,
                                 testing::dice& chance) {
  auto& space = chance.one_of(wanted);
  std::size_t entries = space.partitions;
  if (chance.happens(.5))
    ++space.retention_runs;
  else
    space.callers.emplace_back("another team");
  if (chance.happens(.5)) {
    entries += 4;
    wanted.push_back({"another team", 2, {}, 60, 10});
  }
  const auto found = opened(records, wanted);
  expect_refusal(found, "opened");
  expect(found->first_records.entries.size() == entries, "records another change");
}

/// Records of a partition that nobody opened, or that says it is another.
void check_strange_partition(std::span<const log_record> records,
                             std::span<const namespace_options> configured, testing::dice& chance) {
  log_records all(records.begin(), records.end());
  const auto& space = configured[chance.below(configured.size())];
  const bool says = chance.happens(.5);
  auto bytes = says ? runtime::log_opened_record(0xAB, space.name, space.partitions, 1)
                    : runtime::encoded(record_kind::barrier, runtime::wire::Barrier());
  all.push_back({runtime::partition_index(99), runtime::offset(all.back().at.value + 1),
                 runtime::payload(std::move(bytes))});
  expect_refusal(opened(all, configured),
                 says ? fmt::format("corrupt: partition 99 says that it is number {} of the 1 of "
                                    "namespace '{}'",
                                    space.partitions, space.name)
                      : "corrupt: the log has records of partition 99, which no record opened");
}

// ---- A damaged record -----------------------------------------------------------------------

struct damage {
  std::string bytes, said;  ///< what stands there now, and what is said of it
};

template <class T>
T number_at(const std::string& bytes, std::size_t at) {
  T number{};
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

damage cut(std::string bytes, testing::dice& chance) {
  const auto had = bytes.size();
  bytes.resize(chance.below(had));
  if (bytes.size() < envelope)
    return {bytes, fmt::format("a record of {} bytes is shorter than its envelope", bytes.size())};
  return {bytes, fmt::format("a record says it has {} bytes but {} are there", had, bytes.size())};
}

damage flipped(std::string bytes, testing::dice& chance) {
  auto& byte = bytes[checked_from + chance.below(bytes.size() - checked_from)];
  byte = static_cast<char>(byte ^ (1 << chance.below(8)));
  return {bytes, "a record's checksum does not match its bytes"};
}

damage of_kind(std::string bytes, std::size_t kind) {
  bytes[kind_at] = static_cast<char>(kind);
  runtime::sign_record(bytes);
  return {bytes, fmt::format("record kind {} is unknown: run a newer perdure", kind)};
}

damage of_the_cluster(std::string bytes, runtime::offset at, testing::dice& chance) {
  const auto which = chance.below(std::size(of_cluster));
  auto done = of_kind(std::move(bytes), static_cast<std::size_t>(record_kind::join) + which);
  done.said = fmt::format("the {} record at offset {} belongs into the cluster log, not here",
                          of_cluster[which], at);
  return done;
}

damage noise_in_header(std::string bytes, runtime::offset at) {
  const auto begin =
      envelope + number_at<std::uint16_t>(bytes, payloads_at) * sizeof(std::uint32_t);
  const auto length = number_at<std::uint32_t>(bytes, header_length_at);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), length, '\xFF');
  runtime::sign_record(bytes);
  const auto kind = static_cast<record_kind>(bytes[kind_at]);
  return {bytes, fmt::format("the header of the {} record at offset {} is no valid message",
                             name(kind), at)};
}

damage header_too_long(std::string bytes) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data() + header_length_at, &length, sizeof length);
  runtime::sign_record(bytes);
  return {bytes, "a record's header reaches beyond its end"};
}

damage of_a_newer_program(std::string bytes, runtime::offset at, testing::dice& chance) {
  if (chance.happens(.5)) {
    bytes[oldest_reader_at] = 9;
    return {bytes, fmt::format("a record of format {} needs a reader of format 9 or newer",
                               static_cast<int>(bytes[0]))};
  }
  runtime::wire::Config config;
  config.set_core_version(runtime::core_version + 1);
  return {runtime::encoded(record_kind::config, config),
          fmt::format("the config record at offset {} switches on version {} of the core", at,
                      runtime::core_version + 1)};
}

struct named_damage {
  errc code;
  damage what;
};

named_damage drawn_damage(const log_record& record, testing::dice& chance) {
  std::string bytes(record.bytes.view());
  switch (chance.below(7)) {
    case 0:
      return {errc::corrupt, cut(std::move(bytes), chance)};
    case 1:
      return {errc::corrupt, of_the_cluster(std::move(bytes), record.at, chance)};
    case 2:
      return {errc::corrupt, header_too_long(std::move(bytes))};
    case 3:
      return {errc::unsupported_format, of_kind(std::move(bytes), 100 + chance.below(100))};
    case 4:
      return {errc::unsupported_format, of_a_newer_program(std::move(bytes), record.at, chance)};
    case 5:
      if (number_at<std::uint32_t>(bytes, header_length_at) != 0)
        return {errc::corrupt, noise_in_header(std::move(bytes), record.at)};
      [[fallthrough]];
    default:
      return {errc::corrupt, flipped(std::move(bytes), chance)};
  }
}

void check_damaged(std::span<const log_record> records,
                   std::span<const namespace_options> configured, testing::dice& chance) {
  log_records all(records.begin(), records.end());
  auto& hit = chance.one_of(all);
  const auto done = drawn_damage(hit, chance);
  const auto where = hit.partition;
  const auto said = fmt::format("{}: partition {}, offset {}: {}", name(done.code), where, hit.at,
                                done.what.said);
  hit.bytes = runtime::payload(done.what.bytes);
  const auto end = records.begin() + (&hit - all.data());
  const auto found = opened(all, configured);
  if (std::ranges::find(records.begin(), end, where, &log_record::partition) == end)
    return expect_refusal(found, said);  // nobody knows whose it is

  expect_refusal(found, "opened");
  const auto whole = opened(records, configured);
  const auto before = opened({records.begin(), end}, configured);
  for (std::size_t i = 1; i < found->partitions.size(); ++i) {
    const auto& one = found->partitions[i];
    const bool is_hit = one.folded->self() == where;
    expect(one.unreadable.has_value() == is_hit, "stops another partition than the damaged one");
    if (is_hit) expect_refusal(runtime::expected<void>(std::unexpected(*one.unreadable)), said);
    const auto& same = is_hit && before ? before->partitions : whole->partitions;
    expect((is_hit && !before) || one.folded->canonical() == same.at(i).folded->canonical(),
           fmt::format("folds partition {} otherwise, for damage in {}", i, where));
  }
}

}  // namespace

void check_openings(std::span<const log_record> records,
                    std::span<const namespace_options> configured, testing::dice& chance) {
  const auto again = opened(records, configured);
  expect_refusal(again, "opened");
  expect(again->first_records.entries.empty(), "has something to record, and nothing has changed");
  const configuration wanted(configured.begin(), configured.end());
  switch (chance.below(3)) {
    case 0:
      check_refused_configuration(records, wanted, chance);
      break;
    case 1:
      check_changed_configuration(records, wanted, chance);
      break;
    default:
      check_strange_partition(records, wanted, chance);
  }
  check_damaged(records, configured, chance);
}

}  // namespace perdure::sim
