#pragma once

#include "runtime/author/agent.hpp"

namespace licence_audit {

/// Everything that a node of the audit hosts: the agents of both teams, and their steps.
void register_agents(perdure::registry& offered);

}  // namespace licence_audit
