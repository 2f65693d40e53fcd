#include "actors/passed_questions.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace perdure::actors {

using runtime::errc;
using runtime::fail;
using runtime::session_id;
using runtime::timestamp;

passed_questions::passed_questions(passed_questions_options options, answerers_function answerers)
    : options_(options), answerers_(std::move(answerers)) {}

runtime::expected<std::uint64_t> passed_questions::add(question_target whom, std::size_t bytes,
                                                       timestamp now) {
  if (questions_.size() >= options_.questions || bytes_ + bytes > options_.bytes) {
    return fail(errc::overloaded,
                fmt::format("{} questions with {} bytes wait for an answer already: ask again in a "
                            "moment",
                            questions_.size(), bytes_));
  }
  bytes_ += bytes;
  if (questions_.empty()) looked_ = now;
  const bool of_agent = std::holds_alternative<runtime::agent_address>(whom);
  const auto at = questions_.emplace(++last_, question{}).first;
  at->second.whom = std::move(whom);
  at->second.bytes = bytes;
  at->second.until = now + (of_agent ? options_.patience_with_agents : options_.patience);
  consider(at, now);
  return last_;
}

void passed_questions::on_answer(std::uint64_t question, std::uint32_t attempt,
                                 runtime::expected<runtime::payload> answer, timestamp now) {
  const auto at = questions_.find(question);
  if (at == questions_.end()) return;
  if (answer) return settle(at, std::move(answer));
  auto& what = at->second;
  if (!what.asked || attempt != what.attempt) return;  // of whom it does not wait for any more
  if (answer.error().code != errc::unavailable) return settle(at, std::move(answer));
  ask_later(what, std::move(answer.error().message), now);
}

void passed_questions::on_link(session_id session, timestamp now) {
  links_[session] = {link_state::up, {}, {}, {}};
  consider_all(now);
}

void passed_questions::on_link_lost(session_id session, const std::string& why, timestamp now) {
  links_[session] = {link_state::lost, {}, now + options_.redial, why};
  let_go(session, why, now);
  consider_all(now);
}

void passed_questions::on_link_refused(session_id session, const std::string& why, timestamp now) {
  links_[session] = {link_state::refused, {}, now + options_.greeting, why};
  let_go(session, why, now);
  consider_all(now);
}

void passed_questions::on_time(timestamp now) {
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

timestamp passed_questions::next_wake() const {
  const bool waits = !questions_.empty() || std::ranges::any_of(links_, [](const auto& entry) {
    return entry.second.state != link_state::up;
  });
  return waits ? looked_ + options_.pause : timestamp{};
}

void passed_questions::consider_all(timestamp now) {
  for (auto at = questions_.begin(); at != questions_.end();) consider(at++, now);
}

void passed_questions::consider(place at, timestamp now) {
  auto& what = at->second;
  const auto peers = answerers_(what.whom);
  if (now >= what.until) return refuse(at, what.why);
  if (what.asked) {
    // Where nobody can answer who was asked may answer yet.
    const bool may_answer =
        peers.empty() || std::ranges::find(peers, what.asked, &peer::session) != peers.end();
    const bool is_silent = now >= what.asked_until && has_others(what, peers, now);
    if (may_answer && !is_silent) return;
    if (is_silent) what.silent.insert(what.asked);
    what.asked = {};
    what.not_before = now;
  }
  if (now < what.not_before) return;
  if (peers.empty()) return ask_later(what, "nobody has it at this moment", now);
  const auto& whom = choose(what, peers, now);
  if (!whom.node.empty()) what.node = whom.node;
  if (whom.session == options_.self) return ask(at, whom.session, now);
  if (whom.node.empty()) return ask_later(what, "who owned it is gone", now);
  if (reach(at, whom, now)) ask(at, whom.session, now);
}

/// Besides the one that is asked, and within reach.
bool passed_questions::has_others(const question& what, const std::vector<peer>& peers,
                                  timestamp now) const {
  const bool may_dial = !is_dialling_enough(peers, now);
  return std::ranges::any_of(peers, [&what, may_dial, this](const peer& one) {
    return one.session != what.asked && distance(what, one, may_dial) < far_off;
  });
}

/// Two at a time: each may take the whole time of a dial, and there is one dialler. Who accepts and
/// says nothing holds nobody up for longer than that.
bool passed_questions::is_dialling_enough(const std::vector<peer>& peers, timestamp now) const {
  return std::ranges::count_if(peers, [now, this](const peer& one) {
           const auto known = links_.find(one.session);
           return known != links_.end() && known->second.state == link_state::dialling &&
                  now < known->second.dialled + options_.patience_with_one;
         }) >= 2;
}

int passed_questions::distance(const question& what, const peer& to, bool may_dial) const {
  constexpr int here = 0, not_tried = 1, soon = 2, later = 3, silent = far_off, lost = far_off + 1,
                never = far_off + 2;
  if (to.session == options_.self) return here;
  if (to.address.empty()) return never;
  const auto known = links_.find(to.session);
  if (known == links_.end()) return may_dial ? not_tried : later;
  switch (known->second.state) {
    case link_state::up:
      return what.silent.contains(to.session) ? silent : here;
    case link_state::dialling:
      return soon;
    case link_state::lost:
      return lost;
    case link_state::refused:
      return never;
  }
  return never;
}

const peer& passed_questions::choose(const question& what, const std::vector<peer>& from,
                                     timestamp now) const {
  const bool may_dial = !is_dialling_enough(from, now);
  return *std::ranges::min_element(
      from, {}, [&what, may_dial, this](const peer& one) { return distance(what, one, may_dial); });
}

bool passed_questions::reach(place at, const peer& whom, timestamp now) {
  if (whom.address.empty()) {
    refuse(at, "it has no link to others");
    return false;
  }
  const auto [known, is_new] = links_.try_emplace(
      whom.session, link{link_state::dialling, now, now + options_.greeting, {}});
  if (is_new) out_.dials.push_back(whom);
  const auto& [state, dialled, until, why] = known->second;
  auto& what = at->second;
  switch (state) {
    case link_state::refused:
      refuse(at, why);
      return false;
    case link_state::lost:
      what.why = why;
      what.blamed = whom.session;
      return false;
    case link_state::dialling:
      // Why it was not reached before says more than that it is tried again.
      if (what.blamed != whom.session) what.why = "it is not reached yet";
      return false;
    case link_state::up:
      return true;
  }
  return false;
}

void passed_questions::ask(place at, session_id session, timestamp now) {
  auto& what = at->second;
  what.asked_until = now + options_.patience_with_one;
  what.asked = session;
  what.why = "it takes longer than that";
  what.blamed = {};
  out_.asks.push_back({at->first, ++what.attempt, session});
}

void passed_questions::ask_later(question& what, std::string why, timestamp now) const {
  what.blamed = std::exchange(what.asked, {});
  what.not_before = now + options_.pause;
  what.why = std::move(why);
}

/// What was asked there is asked again, there or elsewhere.
void passed_questions::let_go(session_id session, const std::string& why, timestamp now) {
  for (auto& [number, what] : questions_) {
    what.silent.erase(session);
    if (what.asked == session) ask_later(what, why, now);
  }
}

void passed_questions::refuse(place at, std::string_view why) {
  const auto& what = at->second;
  const auto* agent = std::get_if<runtime::agent_address>(&what.whom);
  const auto about = agent == nullptr ? "the partition" : fmt::format("agent '{}'", agent->agent);
  settle(at, fail(errc::unavailable,
                  what.node.empty()
                      ? fmt::format("no node answers for {} ({}): ask again", about, why)
                      : fmt::format("{} is node '{}''s, which has not answered ({}): ask again, or "
                                    "through that node",
                                    about, what.node, why)));
}

void passed_questions::settle(place at, runtime::expected<runtime::payload> answer) {
  bytes_ -= at->second.bytes;
  out_.answers.push_back({at->first, std::move(answer)});
  questions_.erase(at);
}

}  // namespace perdure::actors
