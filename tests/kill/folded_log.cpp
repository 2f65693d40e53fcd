#include "tests/kill/folded_log.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace perdure::testing {

void folded_log::read(runtime::partition_index partition, const runtime::decoded_record& record,
                      std::vector<std::string>& problems) {
  auto& folded = states_[partition];
  if (!folded) folded = std::make_unique<runtime::state>(partition);
  actions_.clear();
  folded->apply(record, actions_);
  const auto did = [this]<class Action>(const Action*) {
    return std::ranges::any_of(
        actions_, [](const runtime::action& what) { return std::holds_alternative<Action>(what); });
  };
  if (did(static_cast<runtime::claimed*>(nullptr))) ++claims_;
  if (did(static_cast<runtime::turn_void*>(nullptr))) ++void_turns_;
  if (record.kind() != runtime::record_kind::turn ||
      !did(static_cast<runtime::turn_recorded*>(nullptr)))
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
  for (const auto& result : turn.results()) consume(result.step(), runtime::item_kind::step_result);
}

}  // namespace perdure::testing
