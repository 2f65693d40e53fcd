#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "runtime/owner_output.hpp"
#include "runtime/payload.hpp"

namespace perdure::actors {

/// Attempts whose arguments must be read from the log before they start. Those whose arguments lie
/// in one record are read together; what comes while a record is being read waits, and is read
/// together after it: when steps end faster than their turn is read, it is read for many at once.
class attempt_loads {
 public:
  struct record_read {
    runtime::offset at;
    std::vector<std::uint32_t> parts;  ///< of the record
  };

  void add(runtime::attempt_order order);
  /// It is not to start any more. Nothing if it does not wait here.
  void cancel(runtime::run_key run, runtime::thing_number step, runtime::attempt_number attempt);
  /// What is to be read now: a record that is being read is not among it.
  std::vector<record_read> take_reads();
  /// A read has ended: `arguments` in the order of its parts. The attempts that start now.
  std::vector<runtime::step_attempt> arrived(runtime::offset at,
                                             std::vector<runtime::payload> arguments);

 private:
  using attempt_key = std::tuple<runtime::run_key, runtime::thing_number, runtime::attempt_number>;
  struct record {
    std::vector<runtime::step_attempt> read;   ///< being read
    std::vector<runtime::attempt_order> next;  ///< with the read after it
  };

  std::map<runtime::offset, record> records_;
  std::vector<runtime::offset> ready_;  ///< not being read, with a `next`
  std::set<attempt_key> wanted_;
};

}  // namespace perdure::actors
