#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "runtime/author/agent.hpp"
#include "runtime/author/coroutine_host.hpp"

namespace licence_audit {

/// An installation in memory, on one thread and without a log: runs agents for tests. A seed
/// decides which run goes on, which results come first, which attempts are lost and repeated, and
/// when a run is thrown out of memory and brought back by replay.
class small_swarm {
 public:
  small_swarm(const perdure::registry& offered, std::uint64_t seed);

  struct ending {
    perdure::runtime::run_status status = perdure::runtime::run_status::open;
    perdure::payload result;
    std::string detail;
  };

  /// Starts a workflow and runs until nothing can go on. `person` is asked, when nothing else is
  /// left to do, for the signal to a run that waits for one.
  using person = std::function<std::optional<perdure::runtime::data_item>(
      const perdure::runtime::run_description&)>;
  ending run(const std::string& name_space, const std::string& agent, const std::string& operation,
             perdure::payload input, const person& answers = {});

  /// What namespaces may not be called; such calls are denied.
  void forbid(const std::string& name_space) { forbidden_ = name_space; }
  /// A step of that name fails for good for that argument's bytes.
  void break_step(const std::string& name, std::string arguments_hold) {
    broken_ = {name, std::move(arguments_hold)};
  }

  std::size_t attempts(const std::string& step) const;
  /// How many runs there were of an agent.
  std::size_t runs(const std::string& agent) const;
  /// The answer of a query of the newest run of that workflow id.
  perdure::runtime::expected<perdure::payload> query(const std::string& workflow_id,
                                                     std::string_view name);

 private:
  struct caller {
    std::size_t run;
    perdure::runtime::thing_number thing;
  };
  struct one_run {
    perdure::runtime::run_description who;
    std::unique_ptr<perdure::runtime::execution> code;
    std::vector<perdure::runtime::past_turn> journal;
    std::vector<perdure::runtime::data_item> inbox;
    std::vector<caller> callers;
    perdure::runtime::digest digest;
    bool waits_for_signal = false;
    ending end;
  };
  struct step_to_run {
    std::size_t run;
    perdure::runtime::run_step what;
  };

  std::size_t start(std::string name_space, std::string agent, std::string operation,
                    std::string workflow_id, perdure::payload input);
  void activate(std::size_t index);
  void obey(std::size_t index, const perdure::runtime::command& what);
  void call(std::size_t index, const perdure::runtime::call_agent& what);
  void run_step(const step_to_run& next);
  void give(std::size_t index, perdure::runtime::item_kind kind,
            perdure::runtime::thing_number thing, perdure::runtime::outcome result,
            perdure::payload body);
  bool ask(const person& answers);
  bool chance(std::uint32_t in) { return random_() % in == 0; }

  const perdure::registry& registry_;
  perdure::coroutine_host host_;
  std::mt19937_64 random_;
  std::vector<one_run> runs_;
  std::vector<step_to_run> steps_;
  std::map<std::string, std::size_t> attempts_;
  std::string forbidden_;
  std::pair<std::string, std::string> broken_;
  perdure::runtime::timestamp now_{1'700'000'000'000'000};
};

}  // namespace licence_audit
