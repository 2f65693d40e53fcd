// A node that hosts both teams of the licence audit.

#include "deploy/node_main.hpp"
#include "examples/licence_audit/agents/register_agents.hpp"

int main(int argc, char** argv) {
  return perdure::node_main(argc, argv, licence_audit::register_agents);
}
