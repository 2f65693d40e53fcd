#include "deploy/node_main.hpp"
#include "tests/kill_node/swarm.hpp"

/// The node that the kill harness kills. PERDURE_LEDGER names the file that its steps write to.
int main(int count, char** arguments) {
  return perdure::node_main(count, arguments, perdure::testing::register_swarm);
}
