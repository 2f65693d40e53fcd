#include "actors/passed_queries.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace perdure::actors {

using runtime::errc;
using runtime::fail;
using runtime::session_id;
using runtime::timestamp;

passed_queries::passed_queries(passed_queries_options options, owner_function owner_of)
    : options_(options), owner_of_(std::move(owner_of)) {}

runtime::expected<std::uint64_t> passed_queries::add(runtime::partition_index partition,
                                                     std::size_t bytes, timestamp now) {
  if (queries_.size() >= options_.queries || bytes_ + bytes > options_.bytes) {
    return fail(errc::overloaded,
                fmt::format("{} queries with {} bytes wait for an answer already: ask again in a "
                            "moment",
                            queries_.size(), bytes_));
  }
  bytes_ += bytes;
  if (queries_.empty()) looked_ = now;
  const auto at = queries_.emplace(++last_, query{}).first;
  at->second.partition = partition;
  at->second.bytes = bytes;
  at->second.until = now + options_.patience;
  consider(at, now);
  return last_;
}

void passed_queries::on_answer(std::uint64_t query, std::uint32_t attempt,
                               runtime::expected<runtime::payload> answer, timestamp now) {
  const auto at = queries_.find(query);
  if (at == queries_.end()) return;
  if (answer) return settle(at, std::move(answer));
  auto& what = at->second;
  if (!what.asked || attempt != what.attempt) return;  // of whom it does not wait for any more
  if (answer.error().code != errc::unavailable) return settle(at, std::move(answer));
  ask_later(what, std::move(answer.error().message), now);
}

void passed_queries::on_link(session_id session, timestamp now) {
  links_[session] = {link_state::up, {}, {}};
  consider_all(now);
}

void passed_queries::on_link_lost(session_id session, const std::string& why, timestamp now) {
  links_[session] = {link_state::lost, now + options_.redial, why};
  let_go(session, why, now);
  consider_all(now);
}

void passed_queries::on_link_refused(session_id session, const std::string& why, timestamp now) {
  links_[session] = {link_state::refused, now + options_.greeting, why};
  let_go(session, why, now);
  consider_all(now);
}

void passed_queries::on_time(timestamp now) {
  looked_ = now;
  for (auto at = links_.begin(); at != links_.end();) {
    const auto [session, link] = *at++;
    if (link.state == link_state::up || now < link.until) continue;
    if (link.state == link_state::dialling)
      on_link_lost(session, "it takes too long to reach", now);
    else
      links_.erase(session);
  }
  consider_all(now);
}

timestamp passed_queries::next_wake() const {
  const bool waits = !queries_.empty() || std::ranges::any_of(links_, [](const auto& entry) {
    return entry.second.state != link_state::up;
  });
  return waits ? looked_ + options_.pause : timestamp{};
}

void passed_queries::consider_all(timestamp now) {
  for (auto at = queries_.begin(); at != queries_.end();) consider(at++, now);
}

void passed_queries::consider(place at, timestamp now) {
  auto& what = at->second;
  const auto owner = owner_of_(what.partition);
  if (!owner.node.empty()) what.node = owner.node;
  if (now >= what.until) return refuse(at, what.why);
  if (what.asked) {
    // Where nobody has it who had it may answer yet.
    if (what.asked == owner.session || !owner.session) return;
    what.asked = {};
    what.not_before = now;
  }
  if (now < what.not_before) return;
  if (!owner.session) return ask_later(what, "nobody owns it at this moment", now);
  if (owner.session == options_.self) return ask(at, owner.session);
  if (owner.node.empty()) return ask_later(what, "who owned it is gone", now);
  if (reach(at, owner, now)) ask(at, owner.session);
}

bool passed_queries::reach(place at, const partition_owner& owner, timestamp now) {
  if (owner.address.empty()) {
    refuse(at, "it has no link to others");
    return false;
  }
  const auto [known, is_new] =
      links_.try_emplace(owner.session, link{link_state::dialling, now + options_.greeting, {}});
  if (is_new) out_.dials.push_back(owner);
  const auto& [state, until, why] = known->second;
  auto& what = at->second;
  switch (state) {
    case link_state::refused:
      refuse(at, why);
      return false;
    case link_state::lost:
      what.why = why;
      what.blamed = owner.session;
      return false;
    case link_state::dialling:
      // Why it was not reached before says more than that it is tried again.
      if (what.blamed != owner.session) what.why = "it is not reached yet";
      return false;
    case link_state::up:
      return true;
  }
  return false;
}

void passed_queries::ask(place at, session_id session) {
  auto& what = at->second;
  what.asked = session;
  what.why = "it takes longer than that";
  what.blamed = {};
  out_.asks.push_back({at->first, ++what.attempt, session});
}

void passed_queries::ask_later(query& what, std::string why, timestamp now) const {
  what.blamed = std::exchange(what.asked, {});
  what.not_before = now + options_.pause;
  what.why = std::move(why);
}

/// What was asked there is asked again, there or elsewhere.
void passed_queries::let_go(session_id session, const std::string& why, timestamp now) {
  for (auto& [number, what] : queries_) {
    if (what.asked == session) ask_later(what, why, now);
  }
}

void passed_queries::refuse(place at, std::string_view why) {
  const auto& node = at->second.node;
  settle(at,
         fail(errc::unavailable,
              node.empty()
                  ? fmt::format("no node answers for the partition ({}): ask again", why)
                  : fmt::format("the partition is node '{}''s, which has not answered ({}): ask "
                                "again, or through that node",
                                node, why)));
}

void passed_queries::settle(place at, runtime::expected<runtime::payload> answer) {
  bytes_ -= at->second.bytes;
  out_.answers.push_back({at->first, std::move(answer)});
  queries_.erase(at);
}

}  // namespace perdure::actors
