#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

#include "actors/activation_watch.hpp"
#include "actors/adaptive_mutex.hpp"
#include "runtime/clock.hpp"

namespace perdure::actors {

/// What is done about workflow code that does not come to an end.
enum class on_stuck {
  report,       ///< say so, again and again
  end_process,  ///< say so, then end the process: the supervisor starts it again
};

struct watchdog_options {
  runtime::duration cpu_limit = runtime::seconds(2);  ///< of an activation, 10 ms…1 h
  on_stuck reaction = on_stuck::report;
};

/// Reports workflow code that computes or blocks for too long: an activation holds one of the
/// node's few threads, which no limit of the language can take back (DESIGN 5.3). Says which run
/// and agent, and where its code is. An activation over its CPU limit is reported when it crosses
/// it and each time that has doubled; one that blocks, after ten times the limit. One that runs
/// alone on the node (quarantine) ends the process in any case: nothing else could go on.
class watchdog final : public activation_watch {
 public:
  using report_function = std::function<void(std::string)>;

  /// `clock` outlives it. `report` is called on the watchdog's own thread; so is `end`, by which a
  /// test learns that the process would end.
  watchdog(watchdog_options options, const runtime::clock& clock, report_function report,
           std::function<void()> end);
  ~watchdog() override;
  /// Ends the thread. REQUIRES: nothing is watched any more, or nothing of it hears reports.
  void stop();

  std::size_t enter(const std::string& who, company with) override;
  void leave(std::size_t place) override;

 private:
  struct activation {
    const std::string* who = nullptr;  ///< null: a free place
    pthread_t thread{};
    company with = company::others;
    // The watchdog's own; set when it first sees the activation.
    bool seen = false;
    runtime::duration cpu_before, cpu_reported;
    runtime::timestamp since;
    bool blocked_reported = false;
  };
  struct finding {
    std::size_t place = 0;
    std::uint64_t serial = 0;
    pthread_t thread{};
    std::string text;
    bool ends = false;
  };

  void watch(const std::stop_token& stop);
  std::optional<finding> look(std::size_t place);
  void act(const finding& found);

  const watchdog_options options_;
  const runtime::clock& clock_;
  const report_function report_;
  const std::function<void()> end_;

  adaptive_mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<activation> places_;
  std::vector<std::uint64_t> serials_;  ///< by place: which activation it is
  std::vector<std::size_t> free_;
  std::jthread thread_;
};

}  // namespace perdure::actors
