#include "actors/known_catalogues.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/catalogue_messages.hpp"

namespace perdure::actors {
namespace {

using runtime::agent_address;
using runtime::errc;
using runtime::error;
using runtime::fail;

/// Of that agent, whose build some node has now: a build's code takes what it took.
bool is_of_a_build_of(const catalogue_pointer& catalogue, const agent_address& agent,
                      const std::vector<agent_peer>& hosts) {
  const auto* known = catalogue ? catalogue->find(agent.agent) : nullptr;
  return known != nullptr && !known->build.empty() &&
         std::ranges::find(hosts, known->build, &agent_peer::build) != hosts.end();
}

bool is_among(const std::vector<agent_peer>& all, const std::vector<agent_peer>& others) {
  return std::ranges::all_of(all, [&others](const agent_peer& one) {
    return std::ranges::find(others, one) != others.end();
  });
}

error useless(const agent_address& agent, const std::string& why) {
  return {errc::unavailable,
          fmt::format("a node that has agent '{}' says what cannot be used: {}", agent.agent, why)};
}

}  // namespace

void known_catalogues::find(const agent_address& agent,
                            runtime::reply_to<catalogue_pointer> reply) {
  const auto now = hosts_of(agent);
  std::unique_lock lock(mutex_);
  if (auto told = look_up(agent, now)) {
    lock.unlock();
    return reply(*std::move(told));
  }
  auto& waiting = entries_[agent].waiting;
  waiting.push_back(std::move(reply));
  ++waiting_;
  const bool is_first = waiting.size() == 1;
  lock.unlock();
  if (!is_first) return;
  services_.ask(agent, [self = shared_from_this(), agent, now](auto answer) {
    self->hear(agent, now, std::move(answer));
  });
}

std::optional<known_catalogues::answer> known_catalogues::look_up(const agent_address& agent,
                                                                  const hosts& now) {
  if (const auto* found = find_among(now)) {
    auto& one = entries_[agent];
    one.session = found->session;
    one.catalogue = found->catalogue;
    return answer(one.catalogue);
  }
  const auto at = entries_.find(agent);
  if (now.empty()) {
    if (at != entries_.end()) at->second.failed.reset();  // who comes has begun anew
    if (at != entries_.end() && at->second.catalogue) return answer(at->second.catalogue);
    return answer(fail(errc::not_found, fmt::format("no node has agent '{}'", agent.agent)));
  }
  if (!services_.ask) {
    return answer(fail(errc::unavailable,
                       fmt::format("agent '{}' is node '{}''s, which this node has no link to",
                                   agent.agent, now.front().at.node)));
  }
  const auto clock = services_.clock.monotonic();
  if (at != entries_.end() && at->second.failed && clock < at->second.failed->until &&
      is_among(now, at->second.failed->asked)) {
    if (is_of_a_build_of(at->second.catalogue, agent, now)) return answer(at->second.catalogue);
    return answer(std::unexpected(at->second.failed->why));
  }
  if (waiting_ < services_.waiting) return std::nullopt;
  return answer(
      fail(errc::overloaded,
           fmt::format("{} requests wait to hear what other nodes' agents take: ask again "
                       "in a moment",
                       waiting_)));
}

bool known_catalogues::knows_any(std::string_view name_space) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(entries_, [name_space](const auto& one) {
    return one.second.catalogue && one.first.name_space == name_space;
  });
}

catalogue_pointer known_catalogues::last_told(const agent_address& agent) const {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(agent);
  return at == entries_.end() ? nullptr : at->second.catalogue;
}

known_catalogues::hosts known_catalogues::hosts_of(const agent_address& agent) const {
  return services_.hosting ? services_.hosting(agent) : hosts();
}

/// One catalogue holds all agents of its node.
const known_catalogues::entry* known_catalogues::find_among(const hosts& which) const {
  for (const auto& host : which) {
    const auto at = std::ranges::find_if(entries_, [&host](const auto& one) {
      return one.second.catalogue && one.second.session == host.at.session;
    });
    if (at != entries_.end()) return &at->second;
  }
  return nullptr;
}

void known_catalogues::hear(const agent_address& agent, const hosts& asked,
                            runtime::expected<runtime::payload> told) {
  auto read = told ? decode_catalogue(told->view()) : std::unexpected(told.error());
  if (told && !read) read = std::unexpected(useless(agent, read.error().message));
  if (read && read->catalogue->find(agent.agent) == nullptr)
    read = std::unexpected(useless(agent, "nothing of it"));
  const auto now = hosts_of(agent);
  std::unique_lock lock(mutex_);
  auto& one = entries_[agent];
  const auto waiting = std::exchange(one.waiting, {});
  waiting_ -= waiting.size();
  answer heard;
  if (read) {
    one.session = read->session;
    heard = one.catalogue = std::move(read->catalogue);
    one.failed.reset();
  } else {
    // Where all have gone meanwhile nobody was silent.
    if (read.error().code == errc::unavailable && !now.empty() && is_among(now, asked))
      one.failed = {asked, services_.clock.monotonic() + silence, read.error()};
    if (is_of_a_build_of(one.catalogue, agent, asked))
      heard = one.catalogue;
    else
      heard = std::unexpected(std::move(read.error()));
  }
  lock.unlock();
  for (const auto& reply : waiting) reply(heard);
}

}  // namespace perdure::actors
