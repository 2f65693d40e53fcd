#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runtime/client.hpp"

namespace perdure::actors {

/// The story of a run, and whose it is.
struct told_story {
  std::string name_space, agent, operation;
  std::vector<runtime::history_event> events;
};

/// The agents whose catalogues say what the values in it are: the run's own, and those that it
/// called.
std::set<runtime::agent_address> agents_in(const told_story& story);

/// Null: nobody knows that agent.
using catalogue_lookup =
    std::function<const runtime::agent_catalogue*(const runtime::agent_address&)>;

/// Says of each value in the story what it is, as far as the catalogues tell; the rest stays bytes.
void name_values(told_story& story, const catalogue_lookup& catalogue);

}  // namespace perdure::actors
