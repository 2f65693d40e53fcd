#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "runtime/state.hpp"
#include "tests/unit/runtime/records.hpp"

namespace perdure::runtime {

/// The fold of one partition without an owner: tests write each record themselves and look at what
/// it did. The log is open, namespace "alpha", and claimed by session 1.
class lone_fold {
 public:
  lone_fold();

  /// Lets the record land at the next offset and gives what it did, one action a line.
  std::string put(const std::string& record);
  /// The bytes of the record at that offset land again.
  std::string copy(offset of);
  std::string claim(std::uint64_t session, std::initializer_list<run_key> suspects = {});
  std::string clock(std::int64_t us);
  std::string started(run_key run, std::uint32_t step, std::uint64_t attempt_or_seq);
  run_key start(start_words words = {});
  /// A message of partition `source`, log incarnation 7.
  std::string message(std::uint32_t source, std::uint64_t number, const wire::Body& body,
                      std::string_view content = {});

  /// The next turn of that run as its owner would begin it; consumes nothing yet.
  wire::Turn turn(run_key run) const;
  /// Adds everything that waits to what the turn consumes.
  wire::Turn consuming(run_key run) const;
  std::string put(const wire::Turn& turn, std::initializer_list<std::string_view> bodies = {},
                  std::int64_t us = 0);

  const run_state& run(run_key key) const { return *folded.find(key); }
  offset last() const { return folded.applied(); }

  state folded{partition_index(0)};

 private:
  record_decoder decoder_;
  std::vector<std::string> log_;
};

// What a turn asks for, by hand.
void add_step(wire::Turn& turn, std::uint32_t number, step_mode mode = step_mode::at_least_once,
              retry_policy retry = {});
void add_timer(wire::Turn& turn, std::uint32_t number, std::int64_t due_us);
void add_call(wire::Turn& turn, std::uint32_t number, std::uint32_t target,
              close_policy on_close = close_policy::cancel);
void add_wait(wire::Turn& turn, std::uint32_t need, std::initializer_list<std::uint32_t> things);
void add_result(wire::Turn& turn, std::uint32_t step, std::uint32_t attempt = 1,
                outcome result = outcome::ok);
/// The body of a call as it comes from partition 1 of namespace `from`.
wire::Body call_body(std::string_view workflow_id, std::string_view from = "alpha",
                     id_policy policy = id_policy::reject_running, run_key caller = {offset(5), {}},
                     std::uint32_t command = 1);

}  // namespace perdure::runtime
