#include "runtime/installation.hpp"

#include <algorithm>

namespace perdure::runtime {
namespace {

wire::Config config_of(const namespace_options& wanted, std::uint64_t version) {
  wire::Config config;
  config.set_version(version);
  config.set_core_version(core_version);
  for (std::uint32_t number = 0; number < wanted.partitions; ++number)
    config.add_slot_partitions(number);
  config.set_retention_seconds(wanted.retention_seconds);
  config.set_retention_runs(wanted.retention_runs);
  for (const auto& caller : wanted.callers) config.add_callers(caller);
  return config;
}

bool agrees(const state& folded, const namespace_options& wanted) {
  return folded.config_version() != 0 && folded.callers() == wanted.callers &&
         folded.retention() == seconds(wanted.retention_seconds) &&
         folded.retention_runs() == wanted.retention_runs;
}

void add_record(append_request& to, partition_index partition, record_kind kind, timestamp time,
                const google::protobuf::Message& header) {
  const auto begin = to.bytes.size();
  encode_record(to.bytes, {kind, time, {}}, header);
  to.entries.push_back({partition, static_cast<std::uint32_t>(begin),
                        static_cast<std::uint32_t>(to.bytes.size() - begin)});
}

}  // namespace

void opening_fold::read(std::span<const log_record> records) {
  for (const auto& record : records) {
    if (unreadable_.contains(record.partition)) continue;
    auto& folded = states_[record.partition];
    if (!folded) folded = std::make_unique<state>(record.partition);
    const auto decoded = decoder_.decode(record.at, record.bytes);
    if (!decoded) {
      unreadable_[record.partition] = {decoded.error().code,
                                       fmt::format("partition {}, offset {}: {}", record.partition,
                                                   record.at, decoded.error().message)};
      continue;
    }
    ignored_.clear();
    folded->apply(*decoded, ignored_);
  }
}

expected<installation> opening_fold::match(std::span<const namespace_options> wanted,
                                           incarnation log) {
  for (const auto& [index, folded] : states_) {
    if (folded->name_space().empty()) {
      if (const auto found = unreadable_.find(index); found != unreadable_.end())
        return std::unexpected(found->second);
      return fail(
          errc::corrupt,
          fmt::format("the log has records of partition {}, which no record opened: they are "
                      "not a node's; `perdure log dump --partition {}` shows them",
                      index, index));
    }
    if (std::ranges::find(wanted, folded->name_space(), &namespace_options::name) != wanted.end())
      continue;
    return fail(errc::invalid_argument,
                fmt::format("the log holds namespace '{}' but the configuration does not name it: "
                            "add it with {} partitions, its workflows "
                            "are in it",
                            folded->name_space(), folded->partitions()));
  }
  installation out;
  out.partitions.resize(states_.empty() ? 1 : states_.rbegin()->first.value + 1);
  for (const auto& space : wanted) {
    if (auto matched = match_one(space, log, out); !matched)
      return std::unexpected(matched.error());
  }
  return out;
}

expected<void> opening_fold::match_one(const namespace_options& wanted, incarnation log,
                                       installation& out) {
  std::vector<partition_index> mine;
  for (const auto& [index, folded] : states_) {
    if (folded && folded->name_space() == wanted.name) mine.push_back(index);
  }
  if (!mine.empty() && mine.size() != wanted.partitions) {
    return fail(errc::invalid_argument,
                fmt::format("namespace '{}' has {} partitions in the log and {} in the "
                            "configuration: set it back to {}, the number is fixed "
                            "for the life of a log",
                            wanted.name, mine.size(), wanted.partitions, mine.size()));
  }
  const bool fresh = mine.empty();
  for (std::uint32_t number = 0; fresh && number < wanted.partitions; ++number) {
    const partition_index index(static_cast<std::uint32_t>(out.partitions.size()));
    out.partitions.push_back({std::make_unique<state>(index), true});
    mine.push_back(index);
    wire::LogOpened opened;
    opened.set_incarnation(log.value);
    opened.set_namespace_(wanted.name);
    opened.set_number(number);
    opened.set_partitions(wanted.partitions);
    opened.set_index(index.value);
    add_record(out.first_records, index, record_kind::log_opened, {}, opened);
    add_record(out.first_records, index, record_kind::config, {}, config_of(wanted, 1));
  }
  for (const auto index : mine) {
    if (fresh) break;
    auto& folded = states_.at(index);
    auto& opened = out.partitions[index.value];
    if (const auto found = unreadable_.find(index); found != unreadable_.end()) {
      opened.unreadable = found->second;
    } else if (!agrees(*folded, wanted)) {
      add_record(out.first_records, index, record_kind::config, folded->time(),
                 config_of(wanted, folded->config_version() + 1));
    }
    opened.folded = std::move(folded);
  }
  std::ranges::sort(mine, {}, [&](partition_index index) {
    const auto& folded = out.partitions[index.value].folded;
    return fresh ? index.value : folded->number();
  });
  out.where.add(wanted.name, std::move(mine));
  return {};
}

}  // namespace perdure::runtime
