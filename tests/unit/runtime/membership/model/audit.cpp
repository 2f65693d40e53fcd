#include "tests/unit/runtime/membership/model/audit.hpp"

#include <algorithm>

namespace perdure::runtime::membership::model {
namespace {

constexpr std::uint32_t grace = 2;  ///< heartbeats that what is appended may take to land

template <class Action>
const Action* find_in(const cluster_actions& did) {
  for (const auto& action : did) {
    if (const auto* found = std::get_if<Action>(&action)) return found;
  }
  return nullptr;
}

bool may_change_placements(record_kind kind) {
  return kind != record_kind::heartbeat && kind != record_kind::suspect &&
         kind != record_kind::view;
}

}  // namespace

void audit::fail(const std::string& what) const {
  throw violation(fmt::format("at offset {}: {}", truth_.applied(), what));
}

void audit::land(const decoded_record& record, digest bytes) {
  ++seen.records;
  const bool may_move = may_change_placements(record.kind());
  std::map<partition_index, placement> before;
  if (may_move) before = truth_.placements();
  cluster_actions did;
  truth_.apply(record, did);
  if (story_ != nullptr) {
    std::string line =
        fmt::format("{:6} {} {}:", (now - begin).us / 1'000, record.at, name(record.kind()));
    for (const auto& action : did) line += fmt::format(" {};", to_text(action));
    story_->push_back(line);
  }
  const bool effect = find_in<ignored>(did) == nullptr;
  if (effect && !effective_.insert(bytes).second)
    fail(fmt::format("a copy of a {} counted", name(record.kind())));
  if (const auto* refused = find_in<view_refused>(did)) fail("a view was refused: " + refused->why);
  if (effect && may_move) check_placements(before, did);
  if (find_in<owner_changed>(did) != nullptr && !(effect && may_move))
    fail(fmt::format("a {} moved something", name(record.kind())));
  check_accusation(record, did);
  for (const auto& action : did) note(action);
  if (const auto* heard = find_in<member_heard>(did))
    count_silence(heard->member, find_in<member_refuted>(did) != nullptr);
  follow_views(record, did);
  if (chance_.happens(.01)) digests_[record.at] = truth_.state_digest();
  before_ = record;
}

void audit::note(const cluster_action& what) {
  seen.suspected += std::holds_alternative<member_suspected>(what) ? 1 : 0;
  seen.refuted += std::holds_alternative<member_refuted>(what) ? 1 : 0;
  seen.drained += std::holds_alternative<node_drained>(what) ? 1 : 0;
  if (const auto* joined = std::get_if<member_joined>(&what)) {
    auto& stays = stays_[truth_.find(joined->member)->session];
    seen.joined_again += stays.empty() ? 0 : 1;
    stays.push_back({offset(joined->member.value), {}});
  } else if (const auto* ended = std::get_if<member_ended>(&what)) {
    stays_[ended->session].back().to = truth_.applied();
    ++(ended->how == member_end::gone       ? seen.gone
       : ended->how == member_end::replaced ? seen.replaced
                                            : seen.left);
    if (ended->how == member_end::gone && is_well(ended->session)) {
      fail(fmt::format("member {} of node {} reads and writes and was declared gone", ended->member,
                       ended->node));
    }
  } else if (const auto* moved = std::get_if<owner_changed>(&what)) {
    ++seen.moved;
    if (const auto* to = truth_.find(moved->to))
      owned_since_[{moved->partition, moved->to}] = to->heartbeats;
  }
}

/// Whoever accuses has had enough heartbeats of its own. Where clocks are true it accuses nobody
/// that is well.
void audit::check_accusation(const decoded_record& record, const cluster_actions& did) {
  const auto since = [&](member_id by, member_id of) {
    const auto* accuser = truth_.find(by);
    return accuser == nullptr ? 0 : accuser->heartbeats - since_[{by, of}];
  };
  if (const auto* suspected = find_in<member_suspected>(did)) {
    const auto& [of, by] = *suspected;
    if (since(by, of) < how_.times.suspect_after)
      fail(fmt::format("member {} suspects {} too early", by, of));
    if (true_clocks && is_well(truth_.find(of)->session))
      fail(fmt::format("member {} suspects {}, which is well", by, of));
    since_[{by, of}] = truth_.find(by)->heartbeats;
  } else if (const auto* ended = find_in<member_ended>(did);
             ended != nullptr && ended->how == member_end::gone) {
    const member_id by(record.as<wire::Gone>().by());
    if (since(by, ended->member) < how_.times.gone_after)
      fail(fmt::format("member {} ends {} too early", by, ended->member));
  } else if (const auto* heard = find_in<member_heard>(did)) {
    for (const auto& [id, other] : truth_.members()) since_[{id, heard->member}] = other.heartbeats;
  } else if (const auto* joined = find_in<member_joined>(did)) {
    for (const auto& [id, other] : truth_.members())
      since_[{id, joined->member}] = other.heartbeats;
  }
}

/// Whoever is dead is gone before a survivor has counted enough of its own heartbeats.
void audit::count_silence(member_id heard, bool refutes) {
  const auto session = truth_.find(heard)->session;
  std::erase_if(silence_, [&](const auto& entry) { return entry.first.second == heard; });
  if (refutes || !is_well(session)) {
    std::erase_if(silence_, [&](const auto& entry) { return entry.first.first == heard; });
    return;
  }
  for (const auto& [id, member] : truth_.members()) {
    if (!dead_.contains(member.session)) continue;
    const auto beats = ++silence_[{heard, id}];
    if (beats > how_.times.suspect_after + how_.times.gone_after + grace)
      fail(fmt::format("member {} is dead, and {} has had {} heartbeats since", id, heard, beats));
  }
}

/// By rendezvous alone, without the product's ranking.
std::vector<member_id> audit::expected_rank(std::string_view name_space,
                                            partition_index partition) const {
  std::vector<std::pair<std::uint64_t, member_id>> scored;
  for (const auto& [id, member] : truth_.members()) {
    bool serves = false;
    for (const auto& hosts : member.hosted) serves = serves || hosts.name == name_space;
    if (!serves || member.leaving || truth_.find_node(member.node)->drained) continue;
    scored.emplace_back(score(member.node, member.weight, partition), id);
  }
  std::ranges::sort(scored, std::greater<>());
  std::vector<member_id> rank;
  for (const auto& [points, id] : scored) rank.push_back(id);
  return rank;
}

void audit::check_placements(const std::map<partition_index, placement>& before,
                             const cluster_actions& did) const {
  for (const auto& [name, row] : truth_.namespaces()) {
    for (std::uint32_t number = 0; number < row.count; ++number) {
      const partition_index partition(row.first + number);
      const auto was = before.find(partition);
      check_placement(partition, name, was == before.end() ? placement() : was->second, did);
    }
  }
}

void audit::check_placement(partition_index partition, std::string_view name_space,
                            const placement& before, const cluster_actions& did) const {
  const auto rank = expected_rank(name_space, partition);
  const auto& after = truth_.placements().at(partition);
  const auto wrong = [&](std::string_view what) {
    fail(fmt::format("partition {} went from {} to {}: {}", partition, before.owner, after.owner,
                     what));
  };
  if (rank.empty()) {
    if (after != placement()) wrong("nobody may own it");
    return;
  }
  const auto is_warm = [&](member_id who) {
    const auto* reads = before.find(who);
    return (reads != nullptr && reads->warm) ||
           std::ranges::any_of(did, [&](const cluster_action& action) {
             const auto* warmed = std::get_if<member_warmed>(&action);
             return warmed != nullptr && warmed->member == who && warmed->partition == partition;
           });
  };
  const bool stays = std::ranges::count(rank, before.owner) == 1;
  const auto warm = std::ranges::find_if(rank, is_warm);
  const auto owner = is_warm(rank[0])     ? rank[0]
                     : stays              ? before.owner
                     : warm != rank.end() ? *warm
                                          : rank[0];
  if (after.owner != owner) wrong(fmt::format("it should go to {}", owner));
  if (!stays && before.follower && is_warm(before.follower) &&
      std::ranges::count(rank, before.follower) == 1 && !is_warm(rank[0]) &&
      after.owner != before.follower) {
    wrong("its follower was there and warm");
  }
  const auto other = [&](member_id who) { return who != owner; };
  const auto next =
      std::ranges::find_if(rank, [&](member_id who) { return other(who) && is_warm(who); });
  const auto cold = std::ranges::find_if(rank, other);
  const auto follower = next != rank.end() ? *next : cold != rank.end() ? *cold : member_id{};
  if (after.follower != follower) wrong(fmt::format("its follower should be {}", follower));
  for (std::size_t i = 0; i < std::min<std::size_t>(rank.size(), 2); ++i) {
    if (after.find(rank[i]) == nullptr) wrong("the first two do not read it");
  }
  if (after.readers.size() > 4) wrong("too many read it");
}

/// What a view and the record before give to somebody who knows nothing else is the state.
void audit::follow_views(const decoded_record& record, const cluster_actions& did) {
  cluster_actions ignore;
  for (auto& joiner : joiners_) joiner.apply(record, ignore);
  if (find_in<view_taken>(did) == nullptr) return;
  ++seen.views;
  if (joiners_.size() > 1) joiners_.pop_front();
  auto& joiner = joiners_.emplace_back(reading_from::within);
  joiner.apply(*before_, ignore);
  joiner.apply(record, ignore);
  books();
}

void audit::books() {
  for (const auto& joiner : joiners_) {
    if (joiner.state_digest() != truth_.state_digest())
      fail(fmt::format("who began at a view has another state:\n{}\n{}", joiner.canonical(),
                       truth_.canonical()));
  }
}

void audit::compare(const cluster_state& other) {
  const auto known = digests_.find(other.applied());
  if (!other.loaded() || known == digests_.end()) return;
  if (other.state_digest() != known->second)
    fail(fmt::format("a fold to {} has another state", other.applied()));
}

void audit::on_taken(partition_index partition, session_id by, session_id from, offset has_read) {
  ++seen.taken;
  bool lives = false, known = false;
  if (const auto stays = stays_.find(from); stays != stays_.end()) {
    for (const auto& stay : stays->second) {
      known = known || stay.from <= has_read;
      lives = lives || (stay.from <= has_read && (!stay.to || stay.to > has_read));
    }
  }
  if (known && !lives) return;
  const auto* taker = truth_.find(by);
  if (taker == nullptr) return;  // it is gone itself: what it claims is not to be looked at
  const auto since = owned_since_.find({partition, taker->id});
  if (since == owned_since_.end() || taker->heartbeats < since->second + how_.times.hand_over) {
    fail(fmt::format("member {} took partition {} from session {}, which lives", taker->id,
                     partition, from));
  }
  ++seen.waited_out;
}

void sights::operator+=(const sights& other) {
  records += other.records;
  views += other.views;
  suspected += other.suspected;
  refuted += other.refuted;
  gone += other.gone;
  replaced += other.replaced;
  left += other.left;
  drained += other.drained;
  moved += other.moved;
  joined_again += other.joined_again;
  taken += other.taken;
  waited_out += other.waited_out;
  lost_place += other.lost_place;
  stopped += other.stopped;
}

}  // namespace perdure::runtime::membership::model
