#include "tests/sim/membership_books.hpp"

#include <algorithm>

#include "runtime/simulation.hpp"
#include "tests/sim/violated.hpp"

namespace perdure::sim {

namespace wire = runtime::membership::wire;
using namespace runtime::membership;
using runtime::offset;
using runtime::record_kind;

std::uint64_t membership_books::heartbeats(member_id of, offset after) const {
  const auto found = heartbeats_.find(of);
  if (found == heartbeats_.end()) return 0;
  const auto& all = found->second;
  return static_cast<std::uint64_t>(all.end() - std::ranges::upper_bound(all, after));
}

/// Before it is folded, so that what it names is there.
void membership_books::check(const runtime::decoded_record& record) {
  const auto expect = [&](member_id by, std::uint64_t accused, offset since, std::uint32_t least) {
    const auto beats = heartbeats(by, since);
    if (beats >= least) return;
    throw violated(fmt::format(
        "the cluster log, {}: member {} counts as silent for {} who has had {} heartbeats since, "
        "not {}",
        record.at, accused, by, beats, least));
  };
  if (record.kind() == record_kind::suspect) {
    const auto& suspect = record.as<wire::Suspect>();
    const auto* other = folded_.find(member_id(suspect.member()));
    if (other == nullptr || other->heard != offset(suspect.heard())) return;
    expect(member_id(suspect.by()), suspect.member(), other->heard, how_.suspect_after);
  } else if (record.kind() == record_kind::gone) {
    const auto& gone = record.as<wire::Gone>();
    const auto* other = folded_.find(member_id(gone.member()));
    if (other == nullptr) return;
    const auto said = other->suspicions.find(member_id(gone.by()));
    if (said == other->suspicions.end() || said->second != offset(gone.suspicion())) return;
    expect(member_id(gone.by()), gone.member(), said->second, how_.gone_after);
  }
}

void membership_books::land(const runtime::log_record& record) {
  const auto decoded = decoder_.decode(record.at, record.bytes);
  if (!decoded) throw violated("the cluster log: " + decoded.error().message);
  check(*decoded);
  cluster_actions did;
  folded_.apply(*decoded, did);
  for (const auto& action : did) {
    if (const auto* heard = std::get_if<member_heard>(&action))
      heartbeats_[heard->member].push_back(record.at);
    const auto* ended = std::get_if<member_ended>(&action);
    if (ended != nullptr && ended->how == member_end::gone) ++ended_;
  }
}

void membership_books::compare(std::uint32_t node, const cluster_state& folded,
                               std::span<const runtime::log_record> records) {
  if (!folded.loaded()) return;
  cluster_state truth(reading_from::first_record);
  cluster_decoder decoder;
  cluster_actions ignored;
  for (const auto& record : records) {
    if (record.at > folded.applied()) break;
    ignored.clear();
    truth.apply(*decoder.decode(record.at, record.bytes), ignored);
  }
  if (truth.canonical() != folded.canonical())
    throw violated(fmt::format("node {} has folded the cluster log otherwise", node));
}

}  // namespace perdure::sim
