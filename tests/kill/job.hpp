#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace perdure::testing {

/// One thing that the load does: a run, what is sent to it, and what is expected of it.
struct job {
  enum class sort : std::uint8_t {
    chain,
    fan,
    collect,
    caller,
    sleeper,
    payer,
    teller,
    asks,
    cancelled,
    calls_faults  ///< what it calls ends the node until it is mended; the source makes none
  };

  sort kind = sort::chain;
  std::string name_space = "team";
  std::string id;
  int count = 0;                     ///< of steps, signals, calls
  std::string target;                ///< of a teller: the collecting run
  std::vector<std::string> expects;  ///< of a collector: what it must get, each once

  // What was acknowledged.
  std::string run_id;
  std::string output;

  std::string operation() const;
  std::string input() const;
  /// The labels of the steps that it does itself, in the order of its result; empty for others.
  std::vector<std::string> labels() const;
};

/// The jobs of the load, one after the other, the same for the same seed.
class job_source {
 public:
  explicit job_source(std::uint64_t seed) : state_(seed) {}
  /// A few jobs that belong together; the first must have started before the others do.
  std::vector<job> next();

 private:
  std::uint64_t draw(std::uint64_t below);
  job make(job::sort kind, int count);

  std::uint64_t state_;
  std::uint64_t serial_ = 0;
};

}  // namespace perdure::testing
