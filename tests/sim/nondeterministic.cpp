#include <map>
#include <set>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;

constexpr step<std::string(std::string)> left{"nondeterministic.left"};
constexpr step<std::string(std::string)> right{"nondeterministic.right"};

/// What code does otherwise, and what people read of both ways.
struct difference {
  std::string_view in;
  std::string_view left, right;
};
constexpr difference differences[] = {
    {"steps", "step `nondeterministic.left`", "step `nondeterministic.right`"},
    {"steps", "step `nondeterministic.left`", "step `nondeterministic.right`"},
    {"inputs", "input", "the same"},
    {"kinds", "step `nondeterministic.left`", "a timer of 2 s"},
    {"short", "a timer of 700 ms", "a timer of 1500 us"},
    {"long", "a timer of 0 s", "a timer of 3 min"},
    {"calls", "a call of nondeterministic.Agent/", "'s right"},
    {"signals", "signal `left` to team/nobody", "signal `right` to team/nobody"},
    {"cancels", "a cancel of thing 1", "a cancel of thing 2"},
    {"more", "nothing more", "a timer of 2 s"},
    {"ends", "", ""},
};

/// Workflows that go another way each time their code runs from its start, in one of many respects.
/// Replay parks them with both ways named, before they do anything; mended to go the recorded way,
/// they end. Others beside them notice nothing.
class nondeterministic final : public scripted {
 public:
  explicit nondeterministic(testing::dice& chance)
      : scripted("nondeterministic"), fickle_(1 + chance.below(3)), steady_(chance.below(4)) {
    for (std::size_t i = 0; i < fickle_; ++i) ways_.push_back(chance.below(std::size(differences)));
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to,
                {{"fickle",
                  [this](context& ctx, shown&, std::string in) {
                    const bool to_the_left = goes_left(ctx.info().workflow_id);
                    return in == "steps" ? walk(ctx, to_the_left)
                                         : differ(ctx, agent(), in, to_the_left);
                  }},
                 {"child", [](context& ctx, shown&, std::string) { return sleep_a_little(ctx); }},
                 {"steady", [](context& ctx, shown&, std::string) { return walk(ctx, true); }}});
    to.add_step(left, [this](step_context& ctx, const std::string& who) {
      world_.write(ctx, who + " left");
      return std::string("left");
    });
    to.add_step(right, [this](step_context& ctx, const std::string& who) {
      world_.write(ctx, who + " right");
      return std::string("right");
    });
  }

  void mend(const runtime::run_summary& parked) override {
    if (!parked.detail.starts_with(runtime::name(runtime::park_reason::nondeterminism)))
      return workload::mend(parked);
    const auto& who = parked.workflow_id;
    expect(who.starts_with(id("fickle", 0).substr(0, 23)), who, "is parked: " + parked.detail);
    const auto& ways = differences[ways_.at(std::stoul(who.substr(id("fickle", 0).size() - 1)))];
    expect(parked.detail.contains(ways.left) && parked.detail.contains(ways.right), who,
           "is parked without both ways named: " + parked.detail);
    if (ways.in == "ends" && !parked.detail.contains("run twice"))
      expect(parked.detail.ends_with("the journal goes on, the code now ends the run here as "
                                     "completed"),
             who, parked.detail);
    const auto [way, first] = mended_.emplace(who, true);
    if (!first) way->second = !way->second;  // not that way: the other one
    expect(++parks_[who] <= 3, who, "is parked whichever way it goes");
  }
  bool repeats(const runtime::run_description& run) const override {
    return run.operation != "fickle";
  }

 private:
  /// Each time that it begins it goes another way, until it is mended.
  bool goes_left(const std::string& who) {
    const auto found = mended_.find(who);
    return found == mended_.end() ? ++begins_[who] % 2 == 0 : found->second;
  }

  static workflow<std::string> walk(context& ctx, bool to_the_left) {
    const auto& self = ctx.info().workflow_id;
    const auto way = co_await ctx.step(to_the_left ? left : right, self);
    co_await ctx.sleep(800ms);
    co_await ctx.step(to_the_left ? left : right, self + " again");
    co_await ctx.sleep(800ms);
    co_return way;
  }

  static workflow<std::string> sleep_a_little(context& ctx) {
    co_await ctx.sleep(100ms);
    co_return "slept";
  }

  static workflow<std::string> differ(context& ctx, std::string agent, std::string in,
                                      bool to_the_left) {
    const auto& self = ctx.info().workflow_id;
    const std::string way = to_the_left ? "left" : "right";
    const auto pause = in == "short"  ? (to_the_left ? time_span(700ms) : time_span(1'500us))
                       : in == "long" ? (to_the_left ? time_span(0s) : time_span(3min))
                                      : time_span(2s);
    if (in == "ends" && to_the_left) co_return way;
    if (in == "inputs") co_await ctx.step(left, fmt::format("{} by {}", self, way));
    if (in == "kinds" && to_the_left) co_await ctx.step(left, self + " by step");
    if (in == "signals") ctx.signal_workflow("", "nobody", way, self);
    if (in == "cancels") {
      auto one = ctx.sleep(1min), other = ctx.sleep(1min);
      (to_the_left ? one : other).cancel();
      co_await ctx.sleep(2s);
    }
    if (in == "calls") {
      const auto whom = fmt::format("{}'s {}", self, way);
      co_await ctx.call<std::string>({"", agent, "child"}, std::string(), {.workflow_id = whom});
    }
    if (in == "more") {
      auto first = ctx.sleep(1s);
      if (!to_the_left) co_await ctx.sleep(2s);
      co_await first;
    }
    co_await ctx.sleep(pause);
    co_await ctx.sleep(800ms);
    co_return way;
  }

  void begin() override {
    for (std::size_t i = 0; i < fickle_; ++i) ask_.add(runtime::seconds(5), play("fickle", i));
    for (std::size_t i = 0; i < steady_; ++i) ask_.add(runtime::seconds(5), play("steady", i));
  }

  client_script play(std::string operation, std::size_t number) {
    const auto whose = id(operation, number);
    const bool is_fickle = operation == "fickle";
    const std::string in(is_fickle ? differences[ways_[number]].in : "steps");
    must(co_await ask_.start(of(operation, whose, in)), whose);
    const auto way = value_of(co_await ask_.end_of(named(whose)), whose);
    expect(is_fickle || way == "left", whose, way);
    if (in != "steps") co_return;
    for (const auto& each : {whose, whose + " again"}) {
      for (const auto* side : {"left", "right"}) {
        const auto did = world_.of(fmt::format("{} {}", each, side)).keys.size();
        expect(did == (side == way ? 1 : 0), whose, fmt::format("did {} {} times", side, did));
      }
    }
  }

  const std::size_t fickle_, steady_;
  std::vector<std::size_t> ways_;  ///< of `differences`, by number
  std::map<std::string, std::size_t> begins_, parks_;
  std::map<std::string, bool> mended_;  ///< whether it goes left
};

}  // namespace

std::unique_ptr<workload> make_nondeterministic(testing::dice& chance) {
  return std::make_unique<nondeterministic>(chance);
}

}  // namespace perdure::sim
