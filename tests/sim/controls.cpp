#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;
using runtime::control_verb;
using runtime::run_status;

constexpr step<std::string(std::string)> work{"controls.work", backoff(20ms)};

/// Runs are paused and resumed at any moment. A paused one makes no turn; resumed, it ends as if
/// nothing had been.
class controls final : public scripted {
 public:
  explicit controls(testing::dice& chance) : scripted("controls") {
    for (std::size_t i = 1 + chance.below(3); i > 0; --i)
      runs_.push_back({1 + chance.below(4), chance.below(4), chance.happens(.2)});
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to, {{"walk", &walk}});
    to.add_step(work, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what);
      return what + ";";
    });
  }

 private:
  struct walk_order {
    std::size_t steps, pauses;
    bool terminated;  ///< after the pauses
  };

  static workflow<std::string> walk(context& ctx, shown&, std::string steps) {
    std::string all;
    for (std::size_t i = 0; i < std::stoul(steps); ++i) {
      all += co_await ctx.step(work, fmt::format("{}/{}", ctx.info().workflow_id, i));
      co_await ctx.sleep(700ms);
    }
    co_return all;
  }

  void begin() override {
    for (std::size_t i = 0; i < runs_.size(); ++i) ask_.add(runtime::seconds(5), play(i));
  }

  client_script play(std::size_t number) {
    const auto whose = id("walk", number);
    const auto& what = runs_[number];
    must(co_await ask_.start(of("walk", whose, std::to_string(what.steps))), whose);
    ask_.add(runtime::seconds(3), pause(number));
    const auto end = must(co_await ask_.end_of(named(whose)), whose);
    if (end.status == run_status::terminated && what.terminated) co_return;
    std::string wanted;
    for (std::size_t i = 0; i < what.steps; ++i) wanted += fmt::format("{}/{};", whose, i);
    expect_same(value_of(end, whose), wanted, whose);
    for (std::size_t i = 0; i < what.steps; ++i)
      expect(world_.of(fmt::format("{}/{}", whose, i)).keys.size() == 1, whose, "a step too many");
  }

  client_script pause(std::size_t number) {
    const auto whose = named(id("walk", number));
    std::uint64_t resumed = 0;  // behind that turn; nodes that read late show the pause before
    for (std::size_t i = 0; i < runs_[number].pauses; ++i) {
      const auto key = fmt::format("{} {}", whose.workflow_id, i);
      co_await ask_.wait({}, runtime::seconds(1));
      if (const auto told = co_await ask_.control(whose, control_verb::pause, "pause " + key);
          !told)
        co_return closed(told);
      auto before = co_await ask_.describe(whose);
      while (before &&
             (before->summary.status == run_status::open || before->summary.turns <= resumed)) {
        co_await ask_.wait(runtime::milliseconds(10), runtime::milliseconds(500));
        before = co_await ask_.describe(whose);
      }
      co_await ask_.wait(runtime::milliseconds(10), runtime::seconds(3));
      const auto after = co_await ask_.describe(whose);
      if (must(before, key).summary.status == run_status::paused)
        expect(must(after, key).summary.turns <= before->summary.turns, key, "a turn while paused");
      resumed = must(before, key).summary.turns;
      if (const auto told = co_await ask_.control(whose, control_verb::resume, "resume " + key);
          !told)
        co_return closed(told);
    }
    if (runs_[number].terminated)
      co_await ask_.control(whose, control_verb::terminate, "end " + whose.workflow_id);
  }

  static void closed(const clients::reply& told) {
    if (told.error().code != runtime::errc::failed_state) must(told, "a control");
  }

  std::vector<walk_order> runs_;
};

}  // namespace

std::unique_ptr<workload> make_controls(testing::dice& chance) {
  return std::make_unique<controls>(chance);
}

}  // namespace perdure::sim
