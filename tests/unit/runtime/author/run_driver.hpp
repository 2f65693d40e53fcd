#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/author/agent.hpp"
#include "runtime/author/coroutine_host.hpp"

namespace perdure::testing {

using runtime::run_status;
using runtime::thing_number;
using runtime::turn_result;

/// Drives one run through its executor as an owner would, in memory: hands over what a test says
/// has happened, keeps the journal, and at its end (or by check_replay) brings the run back after
/// every prefix of the journal and demands the same digests, commands and waits (DESIGN 6.6).
class run_driver {
 public:
  run_driver(std::unique_ptr<registry> offered, std::string agent, std::string operation);
  ~run_driver();
  run_driver(const run_driver&) = delete;
  run_driver& operator=(const run_driver&) = delete;

  const turn_result& deliver(std::vector<runtime::data_item> data);

  template <class T>
  const turn_result& start(const T& input) {
    return deliver({item(runtime::item_kind::start, encode(input))});
  }
  const turn_result& start() { return deliver({item(runtime::item_kind::start)}); }
  template <class T>
  const turn_result& gives(std::uint32_t thing, const T& value) {
    return deliver({given(thing, value)});
  }
  const turn_result& gives(std::uint32_t thing) { return deliver({given(thing)}); }
  const turn_result& fails(std::uint32_t thing, outcome kind = outcome::failed,
                           std::string type = "broken", std::string message = "it broke") {
    return deliver({failed(thing, kind, std::move(type), std::move(message))});
  }
  const turn_result& fires(std::uint32_t thing) { return deliver({fired(thing)}); }
  template <class T>
  const turn_result& signals(std::string name, const T& value) {
    return deliver({signalled(std::move(name), value)});
  }
  const turn_result& cancel(std::string reason = {}) { return deliver({cancelled(reason)}); }
  const turn_result& deadline() { return deliver({item(runtime::item_kind::deadline)}); }

  // Items, to be delivered several at once.
  template <class T>
  runtime::data_item given(std::uint32_t thing, const T& value) {
    return settled(thing, outcome::ok, encode(value));
  }
  runtime::data_item given(std::uint32_t thing) { return settled(thing, outcome::ok, {}); }
  runtime::data_item failed(std::uint32_t thing, outcome kind = outcome::failed,
                            std::string type = "broken", std::string message = "it broke");
  runtime::data_item settled(std::uint32_t thing, outcome kind, payload body);
  runtime::data_item fired(std::uint32_t thing);
  template <class T>
  runtime::data_item signalled(std::string name, const T& value) {
    auto signal = item(runtime::item_kind::signal, encode(value));
    signal.name = std::move(name);
    return signal;
  }
  runtime::data_item cancelled(const std::string& reason) {
    return item(runtime::item_kind::cancel, encode(reason));
  }
  runtime::data_item item(runtime::item_kind kind, payload body = {});

  const turn_result& last() const { return turns_.back().result; }
  /// The commands of the last turn, in words: "step a; timer 3000000us; cancel 2".
  std::string commands() const { return commands(turns_.back()); }
  /// The waits of the last turn: "1 of 1; 2 of 3 4; signal".
  std::string waits() const { return describe_waits(last()); }
  /// What the last turn says as a whole.
  std::string status() const { return std::string(runtime::name(last().status)); }
  template <class T>
  T value() const {
    EXPECT_EQ(status(), "completed") << problem();
    return decode<T>(last().result);
  }
  /// The failure that the run ended with.
  failure_info why() const;
  /// Why a run is parked.
  const std::string& detail() const { return last().detail; }
  template <class Command>
  const Command& opened(std::uint32_t thing) const {
    return std::get<Command>(opened_.at(thing));
  }
  runtime::expected<payload> query(std::string_view name, const payload& input = {}) {
    return resident_->query(name, input);
  }
  /// How far the clock goes on between turns.
  void let_pass(time_span span) { now_ = now_ + to_duration(span); }
  timestamp now() const { return now_; }
  runtime::execution& resident() { return *resident_; }
  /// The journal as it stands.
  std::vector<runtime::past_turn> journal() const { return journal(turns_.size()); }
  const std::vector<runtime::command_summary> summaries(std::size_t turn) const;
  runtime::run_description description() const { return run_; }
  /// As a new owner would: the resident execution is thrown away, the journal replayed.
  void bring_back();
  /// Another build of the code replays this run's journal: what does it say?
  turn_result replay_with(const registry& other) const;
  void check_replay() const;

 private:
  struct turn {
    runtime::activation work;
    turn_result result;
  };

  static std::string commands(const turn& of);
  static std::string describe_waits(const turn_result& result);
  std::string problem() const;
  std::vector<runtime::past_turn> journal(std::size_t turns) const;
  void check(const turn& done);
  void check_prefix(std::size_t turns) const;
  std::unique_ptr<runtime::execution> open() const;

  std::unique_ptr<registry> registry_;
  runtime::run_description run_;
  std::unique_ptr<runtime::execution> resident_;
  std::vector<turn> turns_;
  std::map<std::uint32_t, runtime::command> opened_;
  timestamp now_{1'700'000'000'000'000};
  std::uint64_t next_offset_ = 1;
};

/// The signature of a workflow under test: a lambda without captures.
template <class F>
struct code_traits : code_traits<decltype(+std::declval<F>())> {};
template <class R>
struct code_traits<workflow<R> (*)(context&)> {
  static workflow_body begin(workflow<R> (*code)(context&), context& ctx, const payload&) {
    return code(ctx).body();
  }
};
template <class R, class In>
struct code_traits<workflow<R> (*)(context&, In)> {
  static workflow_body begin(workflow<R> (*code)(context&, In), context& ctx,
                             const payload& input) {
    return code(ctx, decode<In>(input)).body();
  }
};

/// An agent that is one lambda.
template <class F>
class code_handler final : public agent_handler {
 public:
  static runtime::agent_description description() {
    return {"test.Agent", "", {{"Run", runtime::operation_kind::workflow, "", "", ""}}};
  }
  workflow_body dispatch_workflow(std::string_view, context& ctx, const payload& input) override {
    return code_traits<F>::begin(+F{}, ctx, input);
  }
};

template <class F>
std::unique_ptr<registry> registry_with(F) {
  auto offered = std::make_unique<registry>("test build");
  offered->add_agent<code_handler<F>>();
  return offered;
}

/// A run whose workflow is the lambda.
template <class F>
class code_run : public run_driver {
 public:
  explicit code_run(F code) : run_driver(registry_with(code), "test.Agent", "Run") {}
};

// Steps that tests ask for; what they would do does not matter.
inline constexpr step<std::string(std::string)> alpha{"alpha"};
inline constexpr step<std::string(std::string)> beta{"beta"};
inline constexpr step<int(int, int)> add{"add"};
inline constexpr step<void()> nothing{"nothing"};
inline constexpr step<void(std::string)> undo{"undo"};

}  // namespace perdure::testing
