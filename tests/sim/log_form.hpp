#pragma once

#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "runtime/crash_notes.hpp"
#include "runtime/installation.hpp"
#include "runtime/log.hpp"
#include "tests/sim/machine.hpp"

namespace perdure::sim {

/// The log did not open, for a reason that the world gave it: another life tries again.
struct cannot_open : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The log as one life of a node has it, and what else of the machine's files that life has open.
class log_of_life {
 public:
  virtual ~log_of_life() = default;
  virtual runtime::log& log() = 0;
  virtual runtime::crash_notes& notes() = 0;
  virtual runtime::incarnation incarnation() const = 0;
  virtual std::uint64_t free_disk() { return std::numeric_limits<std::uint64_t>::max(); }
  /// Hears of all behind what was shown on opening.
  virtual void listen(runtime::log_listener& who) = 0;
  /// The node has left cleanly; its process ends next.
  virtual void close() {}
  /// The process ends here and now: who is noted now stays noted.
  virtual void keep_notes() {}
  /// The life is over: nobody listens, no completion comes. The log itself goes with this object.
  virtual void forget() = 0;
};

/// The log of an installation, in one of its forms (DESIGN 8), as it stays when nodes end.
class log_form {
 public:
  virtual ~log_form() = default;
  /// All that landed, in its order.
  virtual const std::vector<runtime::log_record>& records() const = 0;
  /// Shows `fold` all that is there. Throws cannot_open.
  virtual std::unique_ptr<log_of_life> open(const life_ptr& whose, machine& on,
                                            runtime::opening_fold& fold) = 0;
  /// That life is over, its node is still to be taken down.
  virtual void abandon(const life_ptr& whose) = 0;
  /// One of its own faults may begin.
  virtual void fault() {}
  /// From now on it behaves. What is away stays so until it is back.
  virtual void end_faults() = 0;
  /// How often some of it was lost to sight, or came back.
  virtual std::uint64_t outages() const { return 0; }
  /// Some of it can neither be read nor written now.
  virtual bool is_away() const { return false; }
  /// Until when nothing of it, nor any other log beside it, can be reached.
  virtual runtime::timestamp away_until() const { return {}; }
  /// All is over. Throws violated.
  virtual void check_end() {}
};

}  // namespace perdure::sim
