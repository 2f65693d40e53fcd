#include "examples/licence_audit/agents/register_agents.hpp"

#include "examples/licence_audit/agents/coordinator.hpp"
#include "examples/licence_audit/agents/policy_desk.hpp"
#include "examples/licence_audit/agents/reader.hpp"
#include "examples/licence_audit/agents/reporter.hpp"
#include "examples/licence_audit/agents/steps.hpp"

namespace licence_audit {

void register_agents(perdure::registry& offered) {
  offered.add_agent<coordinator>();
  offered.add_agent<reader>();
  offered.add_agent<reporter>();
  offered.add_agent<policy_desk>();
  register_steps(offered);
}

}  // namespace licence_audit
