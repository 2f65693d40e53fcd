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

void add_opening(append_request& to, const namespace_options& wanted, std::uint32_t number,
                 partition_index index, incarnation log) {
  wire::LogOpened opened;
  opened.set_incarnation(log.value);
  opened.set_namespace_(wanted.name);
  opened.set_number(number);
  opened.set_partitions(wanted.partitions);
  opened.set_index(index.value);
  add_record(to, index, record_kind::log_opened, {}, opened);
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
  if (auto checked = check_all(wanted); !checked) return std::unexpected(checked.error());
  installation out;
  for (const auto& space : wanted) {
    const auto row = range_of(space);
    if (!row) return std::unexpected(row.error());
    add(space, *row, log, out);
  }
  return out;
}

expected<installation> opening_fold::match(std::span<const namespace_options> wanted,
                                           const namespace_places& places) {
  if (auto checked = check_all(wanted); !checked) return std::unexpected(checked.error());
  installation out;
  for (const auto& space : wanted) {
    const auto& place = places.find(space.name)->second;
    const range row{place.first, space.partitions};
    const auto known = ranges_.find(space.name);
    if (known != ranges_.end() && known->second != row) {
      return fail(
          errc::corrupt,
          fmt::format("the logs of namespace '{}' were made as partitions {} to {} of their "
                      "installation, the cluster log has it at {} to {}: they are not of "
                      "one installation",
                      space.name, known->second.first,
                      known->second.first + known->second.count - 1, row.first,
                      row.first + row.count - 1));
    }
    add(space, row, place.log, out);
  }
  return out;
}

expected<void> opening_fold::check_all(std::span<const namespace_options> wanted) {
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
    if (std::ranges::find(wanted, folded->name_space(), &namespace_options::name) != wanted.end()) {
      const range row{index.value - folded->number(), folded->partitions()};
      const auto known = ranges_.try_emplace(folded->name_space(), row).first->second;
      if (index.value > folded->number() && known == row) continue;
      return fail(errc::corrupt,
                  fmt::format("partition {} says that it is number {} of the {} of "
                              "namespace '{}', which others do not agree with",
                              index, folded->number(), folded->partitions(), folded->name_space()));
    }
    return fail(errc::invalid_argument,
                fmt::format("the log holds namespace '{}' but the configuration does not name it: "
                            "add it with {} partitions, its workflows "
                            "are in it",
                            folded->name_space(), folded->partitions()));
  }
  return {};
}

/// A namespace's partitions have indexes in a row, in the order of their numbers. A new one gets
/// the first row that is free: so whoever founds an installation after somebody who did it in part
/// gives the same indexes.
expected<opening_fold::range> opening_fold::range_of(const namespace_options& wanted) const {
  if (const auto known = ranges_.find(wanted.name); known != ranges_.end()) {
    if (known->second.count == wanted.partitions) return known->second;
    return fail(
        errc::invalid_argument,
        fmt::format("namespace '{}' has {} partitions in the log and {} in the "
                    "configuration: set it back to {}, the number is fixed "
                    "for the life of a log",
                    wanted.name, known->second.count, wanted.partitions, known->second.count));
  }
  std::vector<range> taken;
  for (const auto& [name, row] : ranges_) taken.push_back(row);
  std::ranges::sort(taken, {}, &range::first);
  range row{1, wanted.partitions};
  for (const auto& other : taken) {
    if (row.first + row.count <= other.first) break;
    row.first = other.first + other.count;
  }
  return row;
}

void opening_fold::add(const namespace_options& wanted, range row, incarnation log,
                       installation& out) {
  ranges_[wanted.name] = row;
  out.partitions.resize(std::max<std::size_t>(out.partitions.size(), row.first + row.count));
  std::vector<partition_index> mine;
  for (std::uint32_t number = 0; number < wanted.partitions; ++number) {
    const auto index = mine.emplace_back(row.first + number);
    auto& folded = states_[index];
    if (!folded) folded = std::make_unique<state>(index);
    auto& opened = out.partitions[index.value];
    if (const auto found = unreadable_.find(index); found != unreadable_.end()) {
      opened.unreadable = found->second;
    } else if (folded->config_version() == 0) {
      opened.fresh = true;
      if (folded->name_space().empty()) add_opening(out.first_records, wanted, number, index, log);
      add_record(out.first_records, index, record_kind::config, {}, config_of(wanted, 1));
    } else if (!agrees(*folded, wanted)) {
      add_record(out.first_records, index, record_kind::config, folded->time(),
                 config_of(wanted, folded->config_version() + 1));
    }
    opened.folded = std::move(folded);
  }
  out.where.add(wanted.name, std::move(mine));
}

void add_neighbours(const neighbour_places& neighbours, routes& to) {
  for (const auto& [name, row] : neighbours) {
    std::vector<partition_index> partitions;
    for (std::uint32_t i = 0; i < row.count; ++i) partitions.emplace_back(row.first + i);
    to.add_neighbour(name, std::move(partitions));
  }
}

append_request only_of(partition_index partition, const append_request& request) {
  append_request only;
  for (const auto& entry : request.entries) {
    if (entry.partition != partition) continue;
    const auto begin = static_cast<std::uint32_t>(only.bytes.size());
    only.bytes.append(request.bytes, entry.begin, entry.length);
    only.entries.push_back({partition, begin, entry.length});
  }
  return only;
}

}  // namespace perdure::runtime
