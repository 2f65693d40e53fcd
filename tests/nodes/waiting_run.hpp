#pragma once

#include "tests/nodes/whole_node.hpp"

namespace perdure::testing {

/// A run that waits for two words while its node is down, for tests of what is done to a log, or to
/// a configuration, meanwhile. Offers the operation "words", which gives them.
class waiting_run {
 public:
  explicit waiting_run(whole_node& world);

  /// Starts the node, the run, and ends the node.
  void leave();
  /// Starts the node again: the run ends as it should.
  void expect_it_goes_on();

 private:
  whole_node& world_;
};

}  // namespace perdure::testing
