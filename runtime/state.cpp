#include "runtime/state.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "runtime/invariant.hpp"

namespace perdure::runtime {

thing* run_state::find(thing_number number) {
  return const_cast<thing*>(std::as_const(*this).find(number));
}

const thing* run_state::find(thing_number number) const {
  const auto found = std::ranges::lower_bound(things, number, {}, &thing::number);
  return found == things.end() || found->number != number ? nullptr : &*found;
}

void state::apply(const decoded_record& record, actions& out) {
  INVARIANT(record.at > applied_, "offset {} after {} in partition {}", record.at, applied_, self_);
  applied_ = record.at;
  switch (record.kind()) {
    case record_kind::log_opened:
      return apply_log_opened(record, out);
    case record_kind::claim:
      return apply_claim(record, out);
    case record_kind::handed_over:
      return apply_handed_over(record, out);
    case record_kind::config:
      return apply_config(record, out);
    case record_kind::start:
      return apply_start(record, out);
    case record_kind::signal:
      return apply_signal(record, out);
    case record_kind::control:
      return apply_control(record, out);
    case record_kind::message:
      return apply_message(record, out);
    case record_kind::step_result:
      return apply_step_result(record, out);
    case record_kind::turn:
      return apply_turn(record, out);
    case record_kind::started:
      return apply_started(record, out);
    case record_kind::clock:
      return apply_clock(record, out);
    case record_kind::sent:
      return apply_sent(record, out);
    case record_kind::barrier:
    case record_kind::mark:
      return;  // have no effect: readers wait for them or compare by them
    case record_kind::update:
    default:  // of the cluster log, which no decoder of mailboxes lets through
      break;
  }
  // DESIGN 5.6: an input that the fold cannot serve is void by name, it never stops the partition.
  out.emplace_back(ignored{"this core version does not take such records"});
}

run_state* state::find(run_key key) {
  const auto found = runs_.find(key);
  return found == runs_.end() ? nullptr : &found->second;
}

const run_state* state::find(run_key key) const {
  const auto found = runs_.find(key);
  return found == runs_.end() ? nullptr : &found->second;
}

const closed_run* state::find_closed(run_key key) const {
  const auto found = closed_.find(key);
  return found == closed_.end() ? nullptr : &found->second;
}

run_key state::newest(std::string_view workflow_id) const {
  const auto found = by_workflow_.find(key_of_workflow(workflow_id));
  return found == by_workflow_.end() ? run_key{} : found->second;
}

message_number state::numbered(partition_index target) const {
  const auto found = numbered_.find(target);
  return found == numbered_.end() ? message_number{} : found->second;
}

message_number state::taken(partition_index source) const {
  const auto found = taken_.find(source);
  return found == taken_.end() ? message_number{} : found->second.last;
}

std::string state::run_id(run_key key) const {
  return fmt::format("{}~{}~{:x}~{}", name_space_, number_, log_.value, key);
}

expected<run_key> state::parse_run_id(std::string_view text) const {
  const auto front = fmt::format("{}~{}~{:x}~", name_space_, number_, log_.value);
  run_key key;
  const auto wrong = [&] {
    return fail(errc::not_found,
                fmt::format("run '{}' is not of this partition ({}…)", text, front));
  };
  if (!text.starts_with(front)) return wrong();
  const char* const end = text.data() + text.size();
  auto [next, failed] = std::from_chars(text.data() + front.size(), end, key.created.value);
  if (failed == std::errc{} && next != end && *next == '.') {
    std::tie(next, failed) = [&] {
      const auto result = std::from_chars(next + 1, end, key.command.value);
      return std::pair{result.ptr, result.ec};
    }();
  }
  if (failed != std::errc{} || next != end) return wrong();
  return key;
}

std::uint32_t state::intern(std::string_view name) {
  if (name.empty()) return 0;
  if (const auto found = name_index_.find(name); found != name_index_.end()) return found->second;
  names_.emplace_back(name);
  return name_index_.emplace(name, static_cast<std::uint32_t>(names_.size() - 1)).first->second;
}

}  // namespace perdure::runtime
