#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/author/counted.hpp"
#include "runtime/author/failure.hpp"
#include "runtime/author/linked.hpp"
#include "runtime/author/scope.hpp"
#include "runtime/ids.hpp"
#include "runtime/payload.hpp"

namespace perdure::detail {

class run_core;
struct waiter;

/// Something asked for, shared by the run (which settles it) and the code (which awaits it).
/// Settled once; keeps its outcome for as long as somebody may ask.
class future : public counted {
 public:
  enum class sort : std::uint8_t { step, timer, call, signal, task };

  future(sort kind, run_core& core, std::string label, counted_ptr<scope> asked_in)
      : core(&core), asked_in(std::move(asked_in)), label(std::move(label)), kind(kind) {}
  ~future() override;

  bool is_settled() const { return settled_; }
  bool is_ok() const { return settled_ && result_ == runtime::outcome::ok; }
  const runtime::payload& body() const { return body_; }
  /// What an await throws. REQUIRES: settled, not ok.
  failure why() const;
  /// For people: "step `fetch`".
  std::string describe() const;

  /// Only the first counts. The caller wakes the waiters.
  void settle(runtime::outcome result, runtime::payload body);
  void settle(failure why);

  run_core* core;                ///< null once the run's execution has ended
  counted_ptr<scope> asked_in;   ///< cancelled with it
  counted_ptr<scope> runs_in;    ///< of a task: its own scope
  std::string label;             ///< step's name, agent/operation, signal's name
  runtime::thing_number number;  ///< 0: has none; of a signal: its alarm's
  future* alarm_of = nullptr;    ///< of a timer: the signal that times out when it fires
  sort kind;
  chain<waiter> waiters;

 private:
  bool settled_ = false;
  runtime::outcome result_ = runtime::outcome::ok;
  runtime::payload body_;
  std::optional<failure> why_;
};

/// A signal that is waited for. Dropping it before it came gives the place in the queue back.
class signal_future final : public future, public linked<signal_future> {
 public:
  signal_future(run_core& core, std::string name, counted_ptr<scope> asked_in)
      : future(sort::signal, core, std::move(name), std::move(asked_in)) {}
  ~signal_future() override;
};

}  // namespace perdure::detail
