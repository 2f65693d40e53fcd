#include "tests/unit/runtime/membership/lone_cluster.hpp"

#include "runtime/invariant.hpp"

namespace perdure::runtime::membership {

std::string join_record(const join_words& words) {
  node_profile profile{words.node, session_id(words.session), words.weight, "127.0.0.1:1", {},
                       words.door};
  for (const auto& name : words.serves) profile.hosted.push_back({name, words.agents});
  wire::Join join;
  write_profile(profile, join);
  join.set_replaces(words.replaces);
  return encode(record_kind::join, join);
}

std::string heartbeat_record(member_id member, std::uint64_t number) {
  wire::Heartbeat heartbeat;
  heartbeat.set_member(member.value);
  heartbeat.set_number(number);
  return encode(record_kind::heartbeat, heartbeat);
}

std::string suspect_record(member_id member, member_id by, offset heard) {
  wire::Suspect suspect;
  suspect.set_member(member.value);
  suspect.set_by(by.value);
  suspect.set_heard(heard.value);
  return encode(record_kind::suspect, suspect);
}

std::string gone_record(member_id member, member_id by, offset suspicion) {
  wire::Gone gone;
  gone.set_member(member.value);
  gone.set_by(by.value);
  gone.set_suspicion(suspicion.value);
  return encode(record_kind::gone, gone);
}

std::string leaving_record(member_id member) {
  wire::Leaving leaving;
  leaving.set_member(member.value);
  return encode(record_kind::leaving, leaving);
}

std::string left_record(member_id member) {
  wire::Left left;
  left.set_member(member.value);
  return encode(record_kind::left, left);
}

std::string drain_words(std::string_view node, bool drained, std::uint64_t version) {
  wire::Drain drain;
  drain.set_node(std::string(node));
  drain.set_drained(drained);
  drain.set_version(version);
  return encode(record_kind::drain, drain);
}

std::string namespace_record(std::string_view name, std::uint32_t partitions, std::uint64_t log) {
  wire::Namespace said;
  said.set_name(std::string(name));
  said.set_partitions(partitions);
  said.set_incarnation(log);
  return encode(record_kind::name_space, said);
}

std::string warm_record(member_id member, std::initializer_list<std::uint32_t> partitions,
                        offset as_of) {
  wire::Warm warm;
  warm.set_member(member.value);
  for (const auto partition : partitions) warm.add_partitions(partition);
  warm.set_as_of(as_of.value);
  return encode(record_kind::warm, warm);
}

std::string apply_to(cluster_state& folded, offset at, const std::string& record) {
  cluster_decoder decoder;
  const auto decoded = decoder.decode(at, payload(record));
  INVARIANT(decoded.has_value(), "{}", decoded.error().message);
  cluster_actions did;
  folded.apply(*decoded, did);
  std::string text;
  for (const auto& action : did) text += (text.empty() ? "" : "\n") + to_text(action);
  return text;
}

std::string lone_cluster::put(const std::string& record) {
  log_.push_back(record);
  return apply_to(folded, offset(log_.size()), record);
}

member_id lone_cluster::join(join_words words) {
  if (const auto* known = folded.find_node(words.node)) words.replaces = known->joined.value;
  put(join_record(words));
  const member_id member(last().value);
  INVARIANT(folded.find(member) != nullptr, "{} did not join", words.node);
  return member;
}

member_id lone_cluster::join(std::string node, std::vector<std::string> serves) {
  const auto session = 100 + log_.size();
  return join({.node = std::move(node), .session = session, .serves = std::move(serves)});
}

std::string lone_cluster::heartbeat(member_id member) {
  return put(heartbeat_record(member, folded.find(member)->heartbeats + 1));
}

std::string lone_cluster::warm(member_id member) {
  wire::Warm warm;
  warm.set_member(member.value);
  for (const auto& [partition, place] : folded.placements()) {
    const auto* reads = place.find(member);
    if (reads != nullptr && !reads->warm) warm.add_partitions(partition.value);
  }
  warm.set_as_of(last().value);
  return put(encode(record_kind::warm, warm));
}

std::string lone_cluster::suspect(member_id member, member_id by) {
  return put(suspect_record(member, by, folded.find(member)->heard));
}

std::string lone_cluster::gone(member_id member, member_id by) {
  return put(gone_record(member, by, folded.find(member)->suspicions.at(by)));
}

}  // namespace perdure::runtime::membership
