#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/author/agent_handler.hpp"
#include "runtime/author/step_registry.hpp"

namespace perdure {

/// How an agent is registered.
struct agent_options {
  std::string name;   ///< empty: the name of its service
  std::string build;  ///< recorded with each turn; empty: the registry's default
};

/// An agent as the host needs it.
struct registered_agent {
  runtime::agent_description description;
  std::function<std::unique_ptr<agent_handler>()> make;  ///< a new object for a run
};

/// What a program offers: agents and steps. `main` builds it and passes it on; nothing registers
/// itself. Filled first, then only read, by any thread. All `add` functions throw
/// std::invalid_argument for a name that is taken or cannot be typed, and for operations whose
/// kind, types or id template no edge could serve.
class registry {
 public:
  /// `default_build`: of agents that name none; empty: the build id of this binary.
  explicit registry(std::string default_build = {});

  /// Handler derives from a generated base. Plain functions among its operations become steps
  /// "<agent>/<operation>".
  template <std::derived_from<agent_handler> Handler>
    requires std::default_initializable<Handler>
  void add_agent(agent_options options = {}) {
    add_agent(
        Handler::description(), [] { return std::make_unique<Handler>(); }, std::move(options));
  }
  /// `make` gives a std::unique_ptr<Handler>; it is called for each run, on any thread.
  template <std::derived_from<agent_handler> Handler, class Factory>
    requires std::is_invocable_r_v<std::unique_ptr<agent_handler>, Factory&>
  void add_agent(Factory make, agent_options options = {}) {
    add_agent(Handler::description(), std::move(make), std::move(options));
  }
  void add_agent(runtime::agent_description description,
                 std::function<std::unique_ptr<agent_handler>()> make, agent_options options);

  /// `function`: R(A...) or R(step_context&, A...), called by many threads at once.
  template <class R, class... A, class F>
  void add_step(const step<R(A...)>& which, F function) {
    steps_.add(std::string(which.name()), detail::make_blocking_step(which, std::move(function)),
               detail::types_of_step(which));
  }
  template <class R, class... A>
  void add_asynchronous_step(const step<R(A...)>& which, asynchronous_step function) {
    steps_.add(std::string(which.name()), std::move(function), detail::types_of_step(which));
  }

  const step_registry& steps() const { return steps_; }
  /// Null: no such agent.
  const registered_agent* find_agent(std::string_view name) const;
  /// By name.
  std::vector<runtime::agent_description> agents() const;

 private:
  std::string default_build_;
  std::vector<std::unique_ptr<registered_agent>> agents_;  // sorted by name
  step_registry steps_;
};

/// The step behind a plain function of an agent.
std::string function_step_name(std::string_view agent, std::string_view operation);

}  // namespace perdure
