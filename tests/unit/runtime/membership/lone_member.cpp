#include "tests/unit/runtime/membership/lone_member.hpp"

#include <algorithm>
#include <utility>

#include "runtime/invariant.hpp"
#include "tests/unit/runtime/membership/lone_cluster.hpp"

namespace perdure::runtime::membership {
namespace {

constexpr duration tick = milliseconds(10);

record_kind kind_of(const std::string& record) {
  return record_view::parse(payload(record))->front().kind;
}

}  // namespace

member_options options_of_me() {
  member_options options;
  options.profile = {"me", session_id(1), 1, "127.0.0.1:1", {{"alpha", {}}}};
  options.namespaces = {{"alpha", 2, incarnation(7)}};
  return options;
}

void lone_member::take() {
  auto out = acts.take_output();
  std::ranges::move(out.appends, std::back_inserter(appended));
  for (const auto& action : out.told) told.push_back(to_text(action));
  if (out.forget) forget = out.forget;
}

offset lone_member::land(const std::string& record) {
  log.push_back(record);
  const offset at(log.size());
  const auto decoded = decoder_.decode(at, payload(record));
  INVARIANT(decoded.has_value(), "{}", decoded.error().message);
  acts.on_record(*decoded, now);
  take();
  return at;
}

void lone_member::land_own() {
  for (const auto& record : std::exchange(appended, {})) land(record);
}

void lone_member::pass(duration time) {
  for (const auto end = now + time; now < end;) {
    now = now + tick;
    acts.on_time(now);
    take();
  }
}

void lone_member::live(duration time) {
  for (const auto end = now + time; now < end;) {
    pass(tick);
    land_own();
  }
}

void lone_member::begin() {
  acts.on_caught_up(now);
  take();
  while (!acts.self()) live(tick);
}

member_id lone_member::join(std::string_view node, std::uint64_t session, std::uint32_t weight) {
  const auto* known = folded().find_node(node);
  const auto at = land(join_record({.node = std::string(node),
                                    .session = session,
                                    .replaces = known == nullptr ? 0 : known->joined.value,
                                    .weight = weight}));
  return member_id(at.value);
}

void lone_member::heartbeat(member_id other) {
  land(heartbeat_record(other, folded().find(other)->heartbeats + 1));
}

std::vector<std::string> lone_member::waiting() const {
  std::vector<std::string> kinds;
  for (const auto& record : appended) kinds.emplace_back(name(kind_of(record)));
  return kinds;
}

std::size_t lone_member::count(record_kind kind) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(log, [&](const auto& record) { return kind_of(record) == kind; }));
}

}  // namespace perdure::runtime::membership
