#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/runtime/script_turn.hpp"
#include "tests/unit/runtime/seat.hpp"

namespace perdure::runtime {

/// A process: its seats, and what their owners ordered and is still to happen. It makes no move by
/// itself; whoever holds it says what happens next.
class node {
 public:
  using code = std::function<void(script_turn&, const seat&, const run_state&)>;

  node(memory_log& log, const routes& where) : log_(log), routes_(where) {}

  seat& add(partition_index partition, const owner_options& options);
  /// Takes what an owner wants. To be called after each call of it.
  void collect(seat& from);

  struct append {
    seat* from = nullptr;
    append_request what;
  };
  struct message {
    seat* from = nullptr;
    message_order what;  ///< its record is there
  };
  struct running_code {
    seat* from = nullptr;
    activation_order what;
    bool begun = false;
    bool dropped = false;  ///< its frame went meanwhile: its result goes nowhere
  };
  struct attempt {
    seat* from = nullptr;
    step_attempt what;
    bool begun = false;
    bool stopped = false;  ///< told to stop: it reports `cancelled`, or what it managed to do
  };
  std::deque<append> appends;
  std::deque<message> messages;
  std::list<running_code> activations;
  std::list<attempt> attempts;
  std::vector<query_order> answered;
  std::vector<query_refusal> refused;
  std::vector<std::string> lines;
  std::deque<std::pair<seat*, body_ref>> loads;

  /// Runs the code of that activation and tells its owner.
  void finish(std::list<running_code>::iterator which, const code& agent, timestamp now);
  void finish(std::list<attempt>::iterator which, step_report report, timestamp now);
  void load_one(timestamp now);
  /// DESIGN 5.3: whose code runs alone. True if something moved.
  bool move_alone(timestamp now);
  bool somebody_alone() const { return alone_ != nullptr; }
  /// No user code runs, wanted or not.
  bool silent() const;
  /// The runs that run code now: what survives a crash in the page of notes.
  std::vector<run_key> noted(partition_index partition) const;

  std::vector<std::unique_ptr<seat>> seats;

 private:
  using place = std::pair<const seat*, run_key>;
  void release(seat& from, owner_output& out);
  void hold(bool silent, timestamp now);
  void drop(seat& from, run_key run);
  void stop(seat& from, const step_attempt& what);
  payload body_at(body_ref where);
  void fill(seat& from, activation_order& order);

  memory_log& log_;
  const routes& routes_;
  std::map<place, code_frame> frames_;
  std::deque<seat*> want_alone_;
  seat* alone_ = nullptr;
  bool granted_ = false, holding_ = false;
};

}  // namespace perdure::runtime
