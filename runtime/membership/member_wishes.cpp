#include <algorithm>

#include "runtime/command.hpp"
#include "runtime/membership/member.hpp"

namespace perdure::runtime::membership {

/// What the fold does not have and should is appended, now and again until it has it.
void member::decide(timestamp now) {
  const auto* me = folded_.find(options_.profile.session);
  stayed_ = stayed_ || me != nullptr;
  if (caught_up_ && folded_.loaded()) {
    find_problem();
    if (me != nullptr) {
      stay(*me, now);
    } else if (!leaves_ && !problem_) {
      join(now);
    }
  }
  roles_.update(folded_, self());
}

/// What no append can mend.
void member::find_problem() {
  if (problem_) return;
  const auto& profile = options_.profile;
  const auto* node = folded_.find_node(profile.node);
  if (stayed_ && node != nullptr && node->session != profile.session) {
    problem_ = {errc::already_exists,
                fmt::format("another process has joined as node '{}' (session {}): give each "
                            "process a name of its own",
                            profile.node, node->session)};
  }
  for (const auto& [name, place] : places_) {
    const auto* row = folded_.find_namespace(name);
    if (row != nullptr && *row == place) continue;
    problem_ = {errc::corrupt,
                fmt::format("the cluster log has namespace '{}' at another place than it had: its "
                            "topic was made anew",
                            name)};
  }
  for (const auto& wanted : options_.namespaces) {
    const auto* row = folded_.find_namespace(wanted.name);
    if (row == nullptr || row->count == wanted.partitions) continue;
    problem_ = {errc::invalid_argument,
                fmt::format("namespace '{}' has {} partitions in the cluster and {} in the "
                            "configuration: set it back to {}, the number is fixed for ever",
                            wanted.name, row->count, wanted.partitions, row->count)};
  }
}

/// Append it now? Not if the same was appended a moment ago.
bool member::may_ask(asked& kind, std::uint64_t what, timestamp now) {
  const bool lately = kind.at <= now && now < kind.at + options_.again;
  if (kind.what == what && lately) return false;
  kind = {what, now};
  return true;
}

void member::append(record_kind kind, const google::protobuf::Message& header) {
  out_.appends.push_back(encode(kind, header));
}

void member::join(timestamp now) {
  join_not_before_ = std::min(join_not_before_, now + pause_);  // the clock went back
  if (!register_namespaces(now) || now < join_not_before_) return;
  const auto* node = folded_.find_node(options_.profile.node);
  const auto replaces = node == nullptr ? 0 : node->joined.value;
  if (!may_ask(join_, replaces, now)) return;
  wire::Join join;
  write_profile(options_.profile, join);
  join.set_replaces(replaces);
  append(record_kind::join, join);
}

/// True: all are there.
bool member::register_namespaces(timestamp now) {
  std::vector<wire::Namespace> missing;
  std::string names;
  for (const auto& wanted : options_.namespaces) {
    if (folded_.find_namespace(wanted.name) != nullptr) continue;
    auto& one = missing.emplace_back();
    one.set_name(wanted.name);
    one.set_partitions(wanted.partitions);
    one.set_incarnation(wanted.log.value);
    names += wanted.name + '\n';
  }
  if (missing.empty()) return true;
  if (may_ask(namespaces_, hash_bytes(names).value, now)) {
    for (const auto& one : missing) append(record_kind::name_space, one);
  }
  return false;
}

/// As a member.
void member::stay(const cluster_member& self, timestamp now) {
  if (const auto number = timer_.due(self.heartbeats, !self.suspicions.empty(), now)) {
    wire::Heartbeat heartbeat;
    heartbeat.set_member(self.id.value);
    heartbeat.set_number(number);
    append(record_kind::heartbeat, heartbeat);
  }
  announce_warm(self.id, now);
  if (leaves_ && !self.leaving && !ends_ && may_ask(leaving_, self.id.value, now)) {
    wire::Leaving leaving;
    leaving.set_member(self.id.value);
    append(record_kind::leaving, leaving);
  }
  roles_.update(folded_, self.id);
  const bool done = leaves_ && self.leaving && !roles_.must_hand_over();
  if ((done || ends_) && may_ask(left_, self.id.value, now)) {
    wire::Left left;
    left.set_member(self.id.value);
    append(record_kind::left, left);
  }
}

void member::announce_warm(member_id self, timestamp now) {
  auto partitions = roles_.to_announce(folded_, self);
  std::erase_if(partitions, [&](partition_index partition) {
    return !may_ask(warm_[partition], self.value, now);
  });
  if (partitions.empty()) return;
  wire::Warm warm;
  warm.set_member(self.value);
  for (const auto partition : partitions) warm.add_partitions(partition.value);
  warm.set_as_of(folded_.applied().value);
  append(record_kind::warm, warm);
}

}  // namespace perdure::runtime::membership
