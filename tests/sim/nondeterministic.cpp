#include <map>
#include <set>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;

constexpr step<std::string(std::string)> left{"nondeterministic.left"};
constexpr step<std::string(std::string)> right{"nondeterministic.right"};

/// Workflows that go another way each time their code runs from its start. Replay parks them with
/// both ways named, before they do anything; mended to go the recorded way, they end. Others beside
/// them notice nothing.
class nondeterministic final : public scripted {
 public:
  explicit nondeterministic(testing::dice& chance)
      : scripted("nondeterministic"), fickle_(1 + chance.below(3)), steady_(chance.below(4)) {}

  void offer(registry& to, std::uint32_t) override {
    offer_agent(
        to,
        {{"fickle", [this](context& ctx, shown&,
                           std::string) { return walk(ctx, goes_left(ctx.info().workflow_id)); }},
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
    expect(parked.detail.contains(left.name()) && parked.detail.contains(right.name()), who,
           "is parked without both ways named: " + parked.detail);
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

  void begin() override {
    for (std::size_t i = 0; i < fickle_; ++i) ask_.add(runtime::seconds(5), play("fickle", i));
    for (std::size_t i = 0; i < steady_; ++i) ask_.add(runtime::seconds(5), play("steady", i));
  }

  client_script play(std::string operation, std::size_t number) {
    const auto whose = id(operation, number);
    must(co_await ask_.start(of(operation, whose)), whose);
    const auto way = value_of(co_await ask_.end_of(named(whose)), whose);
    expect(operation == "fickle" || way == "left", whose, way);
    for (const auto& each : {whose, whose + " again"}) {
      for (const auto* side : {"left", "right"}) {
        const auto did = world_.of(fmt::format("{} {}", each, side)).keys.size();
        expect(did == (side == way ? 1 : 0), whose, fmt::format("did {} {} times", side, did));
      }
    }
  }

  const std::size_t fickle_, steady_;
  std::map<std::string, std::size_t> begins_, parks_;
  std::map<std::string, bool> mended_;  ///< whether it goes left
};

}  // namespace

std::unique_ptr<workload> make_nondeterministic(testing::dice& chance) {
  return std::make_unique<nondeterministic>(chance);
}

}  // namespace perdure::sim
