#include "runtime/action.hpp"

#include "runtime/invariant.hpp"

namespace perdure::runtime {

std::string_view name(request_outcome value) {
  switch (value) {
    case request_outcome::accepted:
      return "accepted";
    case request_outcome::attached:
      return "attached";
    case request_outcome::not_found:
      return "not_found";
    case request_outcome::conflict:
      return "conflict";
    case request_outcome::rejected:
      return "rejected";
    case request_outcome::too_late:
      return "too_late";
    case request_outcome::closed:
      return "closed";
  }
  INVARIANT(false, "request outcome {} has no name", static_cast<int>(value));
}

std::string_view name(control_verb value) {
  switch (value) {
    case control_verb::terminate:
      return "terminate";
    case control_verb::pause:
      return "pause";
    case control_verb::resume:
      return "resume";
    case control_verb::cancel:
      return "cancel";
  }
  INVARIANT(false, "control verb {} has no name", static_cast<int>(value));
}

std::string_view name(item_kind value) {
  switch (value) {
    case item_kind::start:
      return "start";
    case item_kind::signal:
      return "signal";
    case item_kind::cancel:
      return "cancel";
    case item_kind::step_result:
      return "step_result";
    case item_kind::timer_fired:
      return "timer_fired";
    case item_kind::call_result:
      return "call_result";
    case item_kind::call_started:
      return "call_started";
    case item_kind::deadline:
      return "deadline";
  }
  INVARIANT(false, "item kind {} has no name", static_cast<int>(value));
}

namespace {

struct printer {
  std::string operator()(const claimed& a) const {
    return fmt::format("claimed by session {} at epoch {}{}", a.session, a.now,
                       a.clean ? ", clean" : "");
  }
  std::string operator()(const left& a) const { return fmt::format("epoch {} handed over", a.now); }
  std::string operator()(const config_changed& a) const {
    return fmt::format("config version {}", a.version);
  }
  std::string operator()(const run_opened& a) const { return fmt::format("run {} opened", a.run); }
  std::string operator()(const arrived& a) const {
    return fmt::format("{} arrived for run {}{}", name(a.kind), a.run, a.wakes ? ", wakes it" : "");
  }
  std::string operator()(const control_arrived& a) const {
    return fmt::format("control {} arrived for run {}", name(a.verb), a.run);
  }
  std::string operator()(const answered& a) const {
    return fmt::format("answer {}{} (run {})", name(a.result), a.duplicate ? " again" : "", a.run);
  }
  std::string operator()(const turn_recorded& a) const {
    return fmt::format("turn {} of run {} recorded", a.seq, a.run);
  }
  std::string operator()(const turn_void& a) const {
    return fmt::format("turn {} of run {} is void: {}", a.seq, a.run, a.why);
  }
  std::string operator()(const attempt_opened& a) const {
    return fmt::format("attempt {} of step {} of run {} may start", a.attempt, a.step, a.run);
  }
  std::string operator()(const attempt_ended& a) const {
    return fmt::format("attempt {} of step {} of run {} ends", a.attempt, a.step, a.run);
  }
  std::string operator()(const retry_scheduled& a) const {
    return fmt::format("attempt {} of step {} of run {} is due at {}", a.attempt, a.step, a.run,
                       a.due.us);
  }
  std::string operator()(const settled& a) const {
    return fmt::format("{} of run {} settled: {}", a.thing, a.run, name(a.result));
  }
  std::string operator()(const began& a) const {
    return a.step ? fmt::format("attempt {} of step {} of run {} begins", a.attempt_or_seq, a.step,
                                a.run)
                  : fmt::format("activation {} of run {} begins", a.attempt_or_seq, a.run);
  }
  std::string operator()(const message_numbered& a) const {
    return fmt::format("message {} to partition {}{}", a.number, a.target,
                       a.enclosed ? ", enclosed" : "");
  }
  std::string operator()(const message_taken& a) const {
    return fmt::format("message {} of partition {} taken", a.number, a.source);
  }
  std::string operator()(const refused& a) const {
    return fmt::format("refused the call of run {} in namespace '{}': {}", a.caller,
                       a.caller_namespace, a.why);
  }
  std::string operator()(const confirmed& a) const {
    return fmt::format("messages to partition {} confirmed up to {}", a.target, a.number);
  }
  std::string operator()(const owed& a) const {
    return fmt::format("a message to partition {} is owed", a.target);
  }
  std::string operator()(const time_advanced& a) const {
    return fmt::format("log time {}", a.now.us);
  }
  std::string operator()(const run_closed& a) const {
    return fmt::format("run {} closed: {}", a.run, name(a.status));
  }
  std::string operator()(const run_removed& a) const {
    return fmt::format("run {} removed", a.run);
  }
  std::string operator()(const convicted& a) const {
    return fmt::format("run {} is convicted of ending its owner", a.run);
  }
  std::string operator()(const ignored& a) const { return fmt::format("nothing: {}", a.why); }
};

}  // namespace

std::string to_text(const action& what) { return std::visit(printer{}, what); }

}  // namespace perdure::runtime
