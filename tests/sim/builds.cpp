#include <map>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;

constexpr step<std::string(std::string)> work{"builds.work", backoff(1s)};
constexpr step<std::string(std::string)> change{"builds.change"};

/// Some nodes do not have an agent, nor its steps, and all have other builds: its runs wait where
/// it is not. Of another agent some have code that goes another way from the middle on: a run that
/// is brought back there before it, goes on; behind it, it is parked before it does anything, and
/// ends when that code knows the old way, too. Then all nodes leave, one after the other, and come
/// back with both agents and the newest code: all ends.
class builds final : public scripted {
 public:
  explicit builds(testing::dice& chance)
      : scripted("builds"),
        runs_(1 + chance.below(4)),
        changed_(chance.below(4)),
        where_(chance.next()),
        detours_(chance.next()) {}

  /// Of one cluster, so that runs come from one build to another while both are there.
  void shape(cluster_options& how) override {
    if (how.log.atomic) return;
    how.nodes = std::max(how.nodes, 3U);
    how.node.want = actors::partition_want::no;
  }
  void offer(registry& to, std::uint32_t node) override {
    const auto build = fmt::format("build {}", upgraded_ ? "new" : std::to_string(node));
    testing::add_script(
        to,
        {{"call", [this](context& ctx, shown&,
                         std::string what) { return call(ctx, late_agent(), std::move(what)); }},
         {"changed", [this, newest = upgraded_ || (detours_ >> node) % 2 != 0](
                         context& ctx, shown&, std::string) { return walk(ctx, newest); }}},
        {.name = agent(), .build = build});
    to.add_step(change, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what);
      return what;
    });
    if (!upgraded_ && (where_ >> node) % 2 == 0) return;
    testing::add_script(to, {{"late", &late}}, {.name = late_agent(), .build = build});
    to.add_step(work, [this](step_context& ctx, const std::string& what) {
      // Open for a while, so that a node may come to it that does not have it.
      if (world_.write(ctx, what) < 3) throw std::runtime_error("not yet");
      return "<" + what + ">";
    });
  }

 private:
  std::string late_agent() const { return agent() + ".Late"; }

  static workflow<std::string> call(context& ctx, std::string whom, std::string what) {
    const auto id = ctx.info().workflow_id + "'s";
    co_return co_await ctx.call<std::string>({"", whom, "late"}, what, {.workflow_id = id});
  }

  /// The newest code sleeps once more; mended, it does what the run that was parked had done.
  workflow<std::string> walk(context& ctx, bool newest) {
    const auto whose = ctx.info().workflow_id;
    const auto known = mended_.find(whose);
    const bool detour = known == mended_.end() ? newest : known->second;
    co_await ctx.step(change, whose + " begins");
    co_await ctx.sleep(1s);
    if (detour) co_await ctx.sleep(800ms);
    const auto way = co_await ctx.step(change, whose + (detour ? " detour" : " direct"));
    co_await ctx.sleep(1s);
    co_return way;
  }

  static workflow<std::string> late(context& ctx, shown&, std::string what) {
    auto all = co_await ctx.step(work, what + "1");
    co_await ctx.sleep(1s);
    co_return all + co_await ctx.step(work, what + "2");
  }

  void begin() override {
    for (std::size_t i = 0; i < runs_; ++i) ask_.add(runtime::seconds(10), play(i));
    for (std::size_t i = 0; i < changed_; ++i) ask_.add(runtime::seconds(10), go(i));
    ask_.add(runtime::seconds(10), upgrade());
  }

  client_script play(std::size_t number) {
    const auto whose = id("call", number);
    must(co_await ask_.start(of("call", whose, whose)), whose);
    ask_.add(runtime::seconds(3), look(whose + "'s"));
    ends_[number] = value_of(co_await ask_.end_of(named(whose)), whose);
  }

  client_script go(std::size_t number) {
    const auto whose = id("changed", number);
    must(co_await ask_.start(of("changed", whose)), whose);
    const auto way = value_of(co_await ask_.end_of(named(whose)), whose);
    const auto did = [&](std::string_view what) {
      return world_.of(fmt::format("{} {}", whose, what)).keys.size();
    };
    expect(did("begins") == 1, whose, "began twice");
    for (const auto* each : {"detour", "direct"})
      expect(did(each) == (way.ends_with(each) ? 1 : 0), whose, "went both ways");
  }

  client_script look(std::string whose) {
    const auto is = must(co_await ask_.describe(named(whose)), whose).summary;
    expect(is.condition != "no_handler" || is.agent == late_agent(), whose, "has no handler");
  }

  client_script upgrade() {
    co_await ask_.wait(runtime::seconds(5), runtime::seconds(20));
    upgraded_ = true;
    ask_.on().restart_all();
  }

  void check() const override {
    for (const auto& [number, end] : ends_) {
      const auto whose = id("call", number);
      expect_same(end, fmt::format("<{0}1><{0}2>", whose), whose);
      expect(world_.of(whose + "1").keys.size() == 1, whose, "worked twice");
    }
  }

  void mend(const runtime::run_summary& parked) override {
    if (!parked.detail.starts_with(runtime::name(runtime::park_reason::nondeterminism)))
      return workload::mend(parked);
    const auto& who = parked.workflow_id;
    expect(parked.operation == "changed", who, "is parked: " + parked.detail);
    const auto [way, first] = mended_.emplace(who, false);
    if (!first) way->second = !way->second;
    expect(++parks_[who] <= 3, who, "is parked whichever way it goes");
  }
  bool repeats(const runtime::run_description& run) const override {
    return run.operation != "changed" || mended_.contains(run.workflow_id);
  }

  const std::size_t runs_, changed_;
  const std::uint64_t where_, detours_;  ///< a bit a node
  bool upgraded_ = false;
  std::map<std::string, bool> mended_;  ///< whether it is to go the newest way
  std::map<std::string, std::size_t> parks_;
  std::map<std::size_t, std::string> ends_;
};

}  // namespace

std::unique_ptr<workload> make_builds(testing::dice& chance) {
  return std::make_unique<builds>(chance);
}

}  // namespace perdure::sim
