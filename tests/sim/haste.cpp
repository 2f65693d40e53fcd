#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;

constexpr step<std::string(std::string)> work{"haste.work", backoff(10ms)};
constexpr step<std::string(std::string)> refused{"haste.refused", backoff(10ms)};
constexpr step<std::string(std::string)> hopeless{"haste.hopeless", backoff(0ms), retries(2)};

/// Code that does not wait for the rest. One failure of several things that it waits for wakes it;
/// races of steps, several at once, in which the losers are told to stop; a run that ends as soon
/// as it has asked for something takes that with it, but for whom it leaves behind. Each has a
/// deadline that never comes.
class haste final : public scripted {
 public:
  explicit haste(testing::dice& chance) : scripted("haste"), lanes_(2 + chance.below(3)) {
    for (const auto* how : {"call", "refused", "hopeless"}) {
      if (chance.happens(.5)) hurries_.emplace_back(how);
    }
    leavers_ = chance.below(3);
    races_ = chance.below(3);
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(
        to, {{"hurry", [this](context& ctx, shown&,
                              std::string how) { return hurry(ctx, agent(), std::move(how)); }},
             {"leave", [this](context& ctx, shown&, std::string) { return leave(ctx, agent()); }},
             {"races", [this](context& ctx, shown&, std::string) { return races(ctx, lanes_); }},
             {"wait", &wait},
             {"fail", &fail},
             {"work", &do_work}});
    to.add_step(work, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what);
      return what;
    });
    to.add_step(refused, [](const std::string&) -> std::string {
      throw permanent_error("refused", "for good");
    });
    to.add_step(hopeless,
                [](const std::string&) -> std::string { throw std::runtime_error("never"); });
  }

 private:
  static workflow<std::string> wait(context& ctx, shown&, std::string) {
    co_return co_await ctx.signal<std::string>("go");
  }
  static workflow<std::string> fail(context&, shown&, std::string) {
    throw failure("failed", "as it was asked to");
    co_return {};
  }
  static workflow<std::string> do_work(context& ctx, shown&, std::string what) {
    co_return co_await ctx.step(work, what);
  }

  /// The other of the two ends only because of what is done when the first has failed.
  static workflow<std::string> hurry(context& ctx, std::string agent, std::string how) {
    const auto other = ctx.info().workflow_id + "'s";
    std::vector<pending<std::string>> both;
    both.push_back(
        ctx.call<std::string>({"", agent, "wait"}, std::string(), {.workflow_id = other}));
    if (how == "call")
      both.push_back(ctx.call<std::string>({"", agent, "fail"}, std::string()));
    else
      both.push_back(ctx.step(how == "refused" ? refused : hopeless, how));
    bool failed = false;
    try {
      co_await all(both);
    } catch (const failure&) {
      failed = true;
    }
    ctx.signal_workflow("", other, "go", std::string(failed ? "after the failure" : "?"));
    co_return co_await std::move(both.front());
  }

  static workflow<std::string> leave(context& ctx, std::string agent) {
    const auto& self = ctx.info().workflow_id;
    const auto call = [&](const std::string& whom, close_policy on_close) {
      return ctx.call<std::string>({"", agent, "work"}, whom,
                                   {.workflow_id = whom, .on_close = on_close});
    };
    auto asked = ctx.step(work, self);
    auto slept = ctx.sleep(1h);
    auto child = call(self + "'s child", close_policy::cancel);
    auto heir = call(self + "'s heir", close_policy::abandon);
    auto other = call(self + "'s other child", close_policy::terminate);
    co_return "gone";
  }

  static task<void> race(context& ctx, std::string who) {
    for (int i = 0; i < 4; ++i) {
      std::vector<pending<std::string>> runners;
      for (const auto* name : {"a", "b"})
        runners.push_back(ctx.step(work, fmt::format("{}.{}{}", who, i, name)));
      co_await any(runners);
      for (auto& each : runners) each.cancel();
      co_await ctx.sleep(0s);
    }
  }
  static workflow<std::string> races(context& ctx, std::size_t lanes) {
    std::vector<pending<void>> run;
    for (std::size_t i = 0; i < lanes; ++i)
      run.push_back(ctx.spawn(race(ctx, fmt::format("{}/{}", ctx.info().workflow_id, i))));
    co_await all(run);
    co_return "over";
  }

  void begin() override {
    for (const auto& how : hurries_)
      ask_.add(runtime::seconds(10), play("hurry", name() + how, how, "after the failure"));
    for (std::size_t i = 0; i < races_; ++i)
      ask_.add(runtime::seconds(10), play("races", id("races", i), {}, "over"));
    for (std::size_t i = 0; i < leavers_; ++i) ask_.add(runtime::seconds(10), left_behind(i));
  }

  client_script play(std::string operation, std::string whose, std::string input,
                     std::string wanted) {
    auto what = of(std::move(operation), whose, std::move(input));
    what.timeout = runtime::seconds(3'600);
    must(co_await ask_.start(std::move(what)), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), wanted, whose);
  }

  client_script left_behind(std::size_t number) {
    const auto whose = id("leave", number);
    ask_.add({}, play("leave", whose, {}, "gone"));
    const auto heir = whose + "'s heir";
    expect_same(value_of(co_await ask_.end_of(named(heir)), heir), heir, heir);
  }

  void check() const override {
    for (std::size_t i = 0; i < leavers_; ++i) {
      const auto whose = id("leave", i);
      for (const auto* did : {"", "'s child", "'s other child"})
        expect(world_.of(whose + did).attempts == 0, whose + did, "did what went with its run");
      expect(world_.of(whose + "'s heir").keys.size() == 1, whose, "left nobody behind");
    }
  }

  std::string name() const { return "haste."; }

  std::vector<std::string> hurries_;  ///< what fails
  const std::size_t lanes_;
  std::size_t leavers_ = 0, races_ = 0;
};

}  // namespace

std::unique_ptr<workload> make_haste(testing::dice& chance) {
  return std::make_unique<haste>(chance);
}

}  // namespace perdure::sim
