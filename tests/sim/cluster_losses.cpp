#include <algorithm>

#include "tests/sim/brokers.hpp"
#include "tests/sim/cluster.hpp"
#include "transport/kafka/bundle_format.hpp"

namespace perdure::sim {
namespace {

/// Another leader is there within three seconds; a watch looks at bytes each fifth second, and
/// again where nobody answers (docs/adr/0011-kafka-log.md).
constexpr runtime::duration until_it_is_found = runtime::seconds(12);
/// What was on its way when a partition stopped.
constexpr runtime::duration last_flights = runtime::seconds(5);

brokers& brokers_of(log_form& log) { return dynamic_cast<brokers&>(log); }

}  // namespace

/// Of a partition that has lost what had been read of it.
struct cluster::loss {
  struct stop {
    life_ptr who;
    std::optional<runtime::timestamp> at;
    std::uint64_t disturbed = 0;  ///< freezes and outages, as counted last
  };
  std::map<std::uint64_t, stop> stops;                      ///< by life: who must
  std::map<std::uint64_t, runtime::timestamp> has_stopped;  ///< by life, whoever it is
  std::set<runtime::session_id> agreed;
};

bool cluster::has_lost(runtime::partition_index which) const {
  return losses_.contains(which.value);
}

void cluster::lose_end_of(runtime::partition_index which) {
  auto& of = brokers_of(*log_);
  const auto had = of.bundles(which.value).size();
  if (had == 0 || has_lost(which)) return;
  const bool anew = world_.faults.happens(.3);
  const auto count = anew ? had : 1 + world_.faults.below(std::min<std::size_t>(had, 5));
  auto lost = std::make_shared<loss>();
  losses_.emplace(which.value, lost);
  for (const auto& who : of.lose_end(which.value, count))
    lost->stops[who->number()] = {who, std::nullopt};
  world_.note("p{} loses {} of {} bundles, which {} nodes had read", which, count, had,
              lost->stops.size());
  expect_stops(which.value, world_.now() + until_it_is_found);
}

/// Whoever was frozen meanwhile, or could not reach the log, has as long again.
void cluster::expect_stops(std::uint32_t which, runtime::timestamp by) {
  world_.in(by - world_.now(), nullptr, [this, which] {
    bool again = false;
    for (auto& [number, one] : losses_.at(which)->stops) {
      if (one.at || !one.who->alive()) continue;
      const auto disturbed = one.who->freezes_and_thaws() + log_->outages();
      const bool excused = one.who->frozen() || log_->is_away();
      if (std::exchange(one.disturbed, disturbed) == disturbed && !excused)
        throw violated(
            fmt::format("invariant 19: node {} goes on with p{}, which has lost what it "
                        "had read",
                        one.who->node(), which));
      again = true;
    }
    if (again) expect_stops(which, world_.now() + until_it_is_found);
  });
}

void cluster::hear_of_stop(const life& whose, const std::string& text) {
  for (auto& [which, lost] : losses_) {
    // A partition of which no record was read has no name yet.
    const auto named = fmt::format("partition {} of namespace '{}' has stopped", which - 1,
                                   how_.namespaces.front().name);
    if (!text.contains(named) && !text.contains("namespace ''"))
      found_ =
          fmt::format("p{} has lost something, and node {} says: {}", which, whose.node(), text);
    lost->has_stopped.emplace(whose.number(), world_.now());
    const auto found = lost->stops.find(whose.number());
    if (found != lost->stops.end()) found->second.at = world_.now();
  }
}

bool cluster::lands_behind_a_loss(const runtime::log_record& record, const life& writer) {
  const auto found = losses_.find(record.partition.value);
  if (found == losses_.end()) return false;
  const auto stopped = found->second->has_stopped.find(writer.number());
  if (stopped != found->second->has_stopped.end() &&
      world_.now() > stopped->second + last_flights && !log_->is_away() && log_->outages() == 0)
    throw violated(fmt::format("invariant 19: node {} writes to p{} though that has stopped there",
                               writer.node(), record.partition));
  return true;
}

/// All that is left: who has not stopped has folded what stands there.
void cluster::check_losses() {
  const auto& of = brokers_of(*log_);
  for (auto& [which, lost] : losses_) {
    runtime::state truth(runtime::partition_index{which});
    runtime::record_decoder decoder;
    runtime::actions ignored;
    std::map<runtime::offset, std::string> folds;
    for (const auto& one : of.bundles(which)) {
      const auto kept = transport::decode_bundle(*one.bytes);
      auto at = (static_cast<std::uint64_t>(one.at) + 1) << 16;
      for (const auto bytes : kept->records) {
        const auto record =
            decoder.decode(runtime::offset(at++), runtime::payload(std::string(bytes)));
        ignored.clear();
        truth.apply(*record, ignored);
      }
    }
    for (const auto& node : nodes_) {
      if (!node || !node->whose()->alive() || lost->has_stopped.contains(node->whose()->number()))
        continue;
      node->product().show_states([this, &truth, number = node->whose()->node(),
                                   which](const runtime::state& folded) {
        if (folded.self().value != which || folded.applied() != truth.applied()) return;
        if (folded.canonical() != truth.canonical())
          found_ = fmt::format(
              "invariant 19: node {} has folded p{} otherwise than it stands there", number, which);
      });
    }
    wait_for(runtime::seconds(1));
  }
}

}  // namespace perdure::sim
