#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/turn_executor.hpp"
#include "tests/unit/runtime/memory_log.hpp"

namespace perdure::runtime {

/// What a run's code knows between activations: it stands for a coroutine's frame.
struct code_frame {
  std::size_t turns = 0;  ///< activations so far
  thing_number last;      ///< highest number given
  std::map<thing_number, command_kind> open;
  bool cancelled = false;
  std::string input;

  void take(const data_item& item);
  void give(const command& given);
  bool operator==(const code_frame&) const = default;
};

/// The frame as the journal has it. Breaks an INVARIANT if the turns there are no unbroken chain.
code_frame replayed(memory_log& log, std::span<const offset> journal);

/// One activation of a scripted workflow: what it was given, and verbs for what it does. Without a
/// verb that ends the run it waits for each of its open things.
class script_turn {
 public:
  script_turn(const activation& work, code_frame& frame);

  const activation& work() const { return work_; }
  const code_frame& frame() const { return frame_; }
  const std::vector<data_item>& data() const { return work_.data; }
  /// The body of what settled that thing in this activation; "-" if nothing did.
  std::string given(thing_number thing) const;

  struct step_words {
    std::string arguments = {};
    step_mode mode = step_mode::at_least_once;
    retry_policy retry = {};
    duration timeout = {};
  };
  thing_number step(std::string name, step_words words);
  thing_number step(std::string name) { return step(std::move(name), {}); }
  thing_number timer(duration delay);
  struct call_words {
    std::string workflow_id = {};
    std::string agent = "agent";
    std::string name_space = {};
    id_policy policy = id_policy::reject_running;
    close_policy on_close = close_policy::cancel;
    duration timeout = {};
    std::string input = "in";
  };
  thing_number call(call_words words);
  void cancel(thing_number number);
  void signal(std::string workflow_id, std::string name, std::string body,
              std::string name_space = {});

  void wait(std::uint32_t need, std::vector<thing_number> things);
  void wait_for_signal() { result_.waits_for_signal = true; }
  /// No wait is recorded: only a cancel or a control moves the run.
  void wait_for_nothing() { waits_given_ = true; }

  void end(run_status status, std::string result);
  void complete(std::string result) { end(run_status::completed, std::move(result)); }
  void park(park_reason why, std::string detail);
  void log(std::string text);

  turn_result take();

 private:
  thing_number next();
  void add(command given);

  const activation& work_;
  code_frame& frame_;
  turn_result result_;
  bool waits_given_ = false;
};

}  // namespace perdure::runtime
