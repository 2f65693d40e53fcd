#include "tests/kill/log_check.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "runtime/decoded_record.hpp"
#include "runtime/state.hpp"
#include "transport/log_inspect.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::testing {
namespace {

/// Folds the log as a node does, and counts for itself: what became of a step, timer or call of a
/// run (a call begins and ends) was consumed once.
class consumption_check {
 public:
  void read(runtime::partition_index partition, const runtime::decoded_record& record,
            std::vector<std::string>& problems) {
    auto& folded = states_[partition];
    if (!folded) folded = std::make_unique<runtime::state>(partition);
    actions_.clear();
    folded->apply(record, actions_);
    const auto counts = [](const runtime::action& what) {
      return std::holds_alternative<runtime::turn_recorded>(what);
    };
    if (record.kind() != runtime::record_kind::turn || std::ranges::none_of(actions_, counts))
      return;  // a void turn consumes nothing
    const auto& turn = record.as<runtime::wire::Turn>();
    const auto consume = [&](std::uint32_t thing, runtime::item_kind kind) {
      if (consumed_.emplace(partition, runtime::key_of(turn.run()), thing, kind).second) return;
      problems.push_back(
          fmt::format("offset {}: run {} of partition {} takes what became of {} twice", record.at,
                      runtime::key_of(turn.run()), partition, thing));
    };
    for (const auto& item : turn.consumed()) {
      if (item.thing() != 0) consume(item.thing(), static_cast<runtime::item_kind>(item.kind()));
    }
    for (const auto& result : turn.results())
      consume(result.step(), runtime::item_kind::step_result);
  }
  std::size_t count() const { return consumed_.size(); }

 private:
  std::map<runtime::partition_index, std::unique_ptr<runtime::state>> states_;
  std::set<
      std::tuple<runtime::partition_index, runtime::run_key, std::uint32_t, runtime::item_kind>>
      consumed_;
  runtime::actions actions_;
};

}  // namespace

std::vector<std::string> problems_of_log(const std::string& directory) {
  std::vector<std::string> problems;
  // By source incarnation, source partition and target (DESIGN 3.1): the number taken last.
  std::map<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>, std::uint64_t> taken;
  consumption_check consumption;
  runtime::record_decoder decoder;
  transport::posix_file_system files;
  const auto found =
      transport::dump_log(files, directory, {}, [&](const transport::dumped_record& dumped) {
        const auto record = decoder.decode(dumped.at, runtime::payload(std::string(dumped.bytes)));
        if (!record) {
          problems.push_back(fmt::format("offset {}: {}", dumped.at, record.error().message));
          return;
        }
        consumption.read(dumped.partition, *record, problems);
        if (record->kind() != runtime::record_kind::message) return;
        const auto& message = record->as<runtime::wire::Message>();
        auto& last = taken[{message.source_incarnation(), message.source_partition(),
                            dumped.partition.value}];
        if (message.number() != last + 1) {
          problems.push_back(fmt::format("offset {}: message {} from partition {} to {} after {}",
                                         dumped.at, message.number(), message.source_partition(),
                                         dumped.partition, last));
        }
        last = message.number();
      });
  if (!found)
    problems.push_back(found.error().message);
  else if (found->damage)
    problems.push_back(found->damage->message);
  if (consumption.count() == 0) problems.push_back("no run consumed anything: it shows nothing");
  if (taken.empty()) problems.push_back("no partition sent another a message: it shows nothing");
  return problems;
}

}  // namespace perdure::testing
