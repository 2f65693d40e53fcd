#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "actors/activation_watch.hpp"
#include "actors/read_executor.hpp"
#include "runtime/author/step_registry.hpp"
#include "runtime/clock.hpp"
#include "runtime/crash_notes.hpp"
#include "runtime/random.hpp"
#include "runtime/step_executor.hpp"
#include "tests/sim/world.hpp"

namespace perdure::sim {

/// A node's clock: the world's time from a beginning of its own, and wrong by so much.
class node_clock final : public runtime::clock {
 public:
  explicit node_clock(const world& in) : world_(in) {}
  runtime::timestamp now() const override { return monotonic() + wrong_by; }
  runtime::timestamp monotonic() const override {
    return world_.now() + runtime::seconds(1'000'000);
  }
  /// How long the world takes until this clock says so.
  runtime::duration until(runtime::timestamp monotonic_time) const {
    return std::max(runtime::duration{}, monotonic_time - monotonic());
  }

  runtime::duration wrong_by;

 private:
  const world& world_;
};

class node_random final : public runtime::random_source {
 public:
  explicit node_random(world& in) : world_(in) {}
  std::uint64_t next() override;
  std::optional<std::uint64_t> first;  ///< that it gave

 private:
  world& world_;
};

/// The log's files are read a moment later, in order.
class node_reads final : public actors::read_executor {
 public:
  node_reads(world& in, life_ptr whose) : world_(in), whose_(std::move(whose)) {}
  void submit(std::function<void()> read) override;

 private:
  world& world_;
  const life_ptr whose_;
  runtime::timestamp last_;
};

/// Steps begin some time and take some time. What a blocking one does in the world it does at the
/// beginning, and it stays done whether anybody hears of it or not. Told to stop, an attempt that
/// runs may stop at once, or go on to its end.
class node_steps final : public runtime::step_executor {
 public:
  using hears = std::function<void(const runtime::step_attempt&)>;
  /// `began` hears of each attempt when it begins.
  node_steps(world& in, life_ptr whose, const step_registry& steps, const runtime::clock& clock,
             runtime::crash_notes& notes, hears began)
      : world_(in),
        whose_(std::move(whose)),
        steps_(steps),
        clock_(clock),
        notes_(notes),
        began_(std::move(began)) {}
  void start(std::vector<runtime::ordered_attempt> attempts) override;
  void cancel(runtime::partition_index partition, runtime::run_key run, runtime::thing_number step,
              runtime::attempt_number attempt) override;

 private:
  using key = std::tuple<runtime::partition_index, runtime::run_key, runtime::thing_number,
                         runtime::attempt_number>;
  /// An attempt that runs. Asynchronous steps hold on to it.
  struct attempt {
    runtime::ordered_attempt order;
    std::atomic<stop_reason> stop = stop_reason::none;
    step_environment environment;
    std::optional<step_context> context;
    std::optional<runtime::crash_notes::place> place;  ///< of a blocking one
  };
  using attempt_ptr = std::shared_ptr<attempt>;

  void begin(const key& which);
  void begin_blocking(const key& which, const attempt_ptr& one);
  void end(const key& which, const attempt_ptr& one, const runtime::step_report& report);
  runtime::step_report stopped(const attempt& one, runtime::outcome how, bool retryable) const;

  world& world_;
  const life_ptr whose_;
  const step_registry& steps_;
  const runtime::clock& clock_;
  runtime::crash_notes& notes_;
  const hears began_;
  std::map<key, runtime::ordered_attempt> waiting_;
  std::map<key, attempt_ptr> running_;
};

class node_watch final : public actors::activation_watch {
 public:
  std::size_t enter(const std::string&, company) override { return 0; }
  void leave(std::size_t) override {}
};

}  // namespace perdure::sim
