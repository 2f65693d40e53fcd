#include "actors/known_catalogues.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/catalogue_messages.hpp"

namespace perdure::actors {

using runtime::agent_address;
using runtime::errc;
using runtime::error;
using runtime::fail;

void known_catalogues::find(const agent_address& agent,
                            runtime::reply_to<catalogue_pointer> reply) {
  const auto hosts = hosts_of(agent);
  std::unique_lock lock(mutex_);
  if (auto told = look_up(agent, hosts)) {
    lock.unlock();
    return reply(*std::move(told));
  }
  auto& waiting = entries_[agent].waiting;
  waiting.push_back(std::move(reply));
  const bool is_first = waiting.size() == 1;
  lock.unlock();
  if (!is_first) return;
  services_.ask(agent, [self = shared_from_this(), agent](auto answer) {
    self->hear(agent, std::move(answer));
  });
}

std::optional<runtime::expected<catalogue_pointer>> known_catalogues::look_up(
    const agent_address& agent, const std::vector<peer>& hosts) {
  using told = runtime::expected<catalogue_pointer>;
  if (const auto* found = find_among(hosts)) {
    auto& one = entries_[agent];
    one.session = found->session;
    one.catalogue = found->catalogue;
    return told(one.catalogue);
  }
  const auto at = entries_.find(agent);
  if (hosts.empty()) {
    if (at != entries_.end() && at->second.catalogue) return told(at->second.catalogue);
    return told(fail(errc::not_found, fmt::format("no node has agent '{}'", agent.agent)));
  }
  if (!services_.ask) {
    return told(fail(errc::unavailable,
                     fmt::format("agent '{}' is node '{}''s, which this node has no link to",
                                 agent.agent, hosts.front().node)));
  }
  if (at != entries_.end() && services_.clock.monotonic() < at->second.silent_until)
    return told(std::unexpected(at->second.why));
  return std::nullopt;
}

catalogue_pointer known_catalogues::known(const agent_address& agent) const {
  const auto hosts = hosts_of(agent);
  const std::scoped_lock lock(mutex_);
  if (const auto* found = find_among(hosts)) return found->catalogue;
  const auto at = entries_.find(agent);
  return at == entries_.end() ? nullptr : at->second.catalogue;
}

std::vector<peer> known_catalogues::hosts_of(const agent_address& agent) const {
  return services_.hosting ? services_.hosting(agent) : std::vector<peer>();
}

/// One catalogue holds all agents of its node.
const known_catalogues::entry* known_catalogues::find_among(const std::vector<peer>& hosts) const {
  for (const auto& host : hosts) {
    const auto at = std::ranges::find_if(entries_, [&host](const auto& one) {
      return one.second.catalogue && one.second.session == host.session;
    });
    if (at != entries_.end()) return &at->second;
  }
  return nullptr;
}

void known_catalogues::hear(const agent_address& agent,
                            runtime::expected<runtime::payload> answer) {
  runtime::expected<far_catalogue> read =
      answer ? decode_catalogue(answer->view()) : std::unexpected(std::move(answer.error()));
  runtime::expected<catalogue_pointer> told;
  std::vector<runtime::reply_to<catalogue_pointer>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    auto& one = entries_[agent];
    waiting = std::exchange(one.waiting, {});
    if (read && read->catalogue->find(agent.agent) != nullptr) {
      one.session = read->session;
      told = one.catalogue = std::move(read->catalogue);
    } else {
      one.silent_until = services_.clock.monotonic() + silence;
      one.why = {errc::unavailable,
                 read ? fmt::format("the node that has agent '{}' does not tell of it", agent.agent)
                      : std::move(read.error().message)};
      told = std::unexpected(one.why);
    }
  }
  for (const auto& reply : waiting) reply(told);
}

}  // namespace perdure::actors
