#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/runtime/node.hpp"
#include "tests/unit/runtime/records.hpp"

namespace perdure::runtime {

struct world_options {
  std::vector<std::string> namespaces{"alpha"};  ///< of partition 0, 1, …
  bool atomic = true;
  std::vector<std::string> callers = {};  ///< namespaces that every other one lets call
  std::uint32_t retention_seconds = 0;
  std::uint32_t retention_runs = 0;
  owner_options owner = {};
};

/// A small swarm in one thread: a log, one node with an owner per partition, scripted workflows.
/// Nothing happens by itself: `read` lets what was appended land and come back, `run_code` runs the
/// activations that were ordered, `go` does both until nothing moves. Steps end when a test says
/// so.
class world {
 public:
  explicit world(world_options options = {});

  using script = std::vector<std::function<void(script_turn&)>>;
  /// The activations of that workflow, one after the other; beyond the last it completes as "done".
  void code(const std::string& workflow_id, script activations);

  void read();
  bool run_code();
  void go();
  void pass(duration time);

  // Clients. Each appends a record that is not read yet, and gives its offset.
  offset put(std::string record, std::uint32_t partition = 0);
  run_key start(start_words words, std::uint32_t partition = 0);
  run_key start(std::string workflow_id) { return start({.workflow_id = std::move(workflow_id)}); }
  void signal(std::string_view workflow_id, std::string_view name, std::string_view body = {});
  void control(std::string_view workflow_id, control_verb verb, std::string_view reason = {});

  // Steps. The attempt must be running.
  bool attempts(run_key run, std::uint32_t step) const;
  void end(run_key run, std::uint32_t step, std::string body, outcome result = outcome::ok,
           bool retryable = false);
  void fail(run_key run, std::uint32_t step) { end(run, step, "no", outcome::failed, true); }

  /// What was not read back is lost; nobody owns anything. `begun`: the runs whose code ran.
  void crash();
  void claim(const std::optional<std::vector<run_key>>& suspects = std::vector<run_key>{});
  void crash_and_claim(const std::optional<std::vector<run_key>>& suspects) {
    crash();
    claim(suspects);
  }

  seat& at(std::uint32_t partition = 0) { return *process->seats.at(partition); }
  owner& acts(std::uint32_t partition = 0) { return at(partition).acts; }
  const state& folded(std::uint32_t partition = 0) { return at(partition).folded; }
  const run_state* run(run_key key, std::uint32_t partition = 0) {
    return folded(partition).find(key);
  }
  run_key newest(std::string_view workflow_id, std::uint32_t partition = 0) {
    return folded(partition).newest(workflow_id);
  }
  /// Closed runs only.
  run_status status(run_key key, std::uint32_t partition = 0);
  std::string result(run_key key, std::uint32_t partition = 0);
  /// What the run is called in `condition`.
  std::string_view condition(run_key key, std::uint32_t partition = 0);
  /// All records of a partition, as text.
  std::vector<std::string> records(std::uint32_t partition = 0);
  std::size_t count(record_kind kind, std::uint32_t partition = 0);
  /// How often an action of that text was read; parts count too.
  int heard(std::string_view text) const;
  void forget_heard() { said.clear(); }

  memory_log log;
  routes where;
  timestamp now{1'000'000};
  std::unique_ptr<node> process;
  std::vector<std::string> said;  ///< every action read, as text

 private:
  void open_node();
  void land(append_request request);
  void deliver();

  world_options options_;
  std::map<std::string, script> scripts_;
  std::uint64_t session_ = 0, keys_ = 0;
};

}  // namespace perdure::runtime
