#include <set>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;
using runtime::control_verb;
using runtime::run_status;

constexpr step<std::string(std::string)> work{"cancels.work", backoff(20ms)};
constexpr step<void(std::string)> clean{"cancels.clean", backoff(20ms)};

/// Parents with a step, a sleep and a child are cancelled and terminated at any moment, also while
/// they or their children are parked. Each has one outcome, the same for all who ask; its child
/// ends with it.
class cancels final : public scripted {
 public:
  explicit cancels(testing::dice& chance) : scripted("cancels") {
    for (std::size_t i = 1 + chance.below(4); i > 0; --i)
      families_.push_back({chance.happens(.3), chance.happens(.3), chance.happens(.7),
                           chance.happens(.3),
                           chance.happens(.5) ? close_policy::cancel : close_policy::terminate});
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to, {{"parent",
                      [this](context& ctx, shown&, std::string number) {
                        return parent(ctx, *this, std::stoul(number));
                      }},
                     {"child", [this](context& ctx, shown&, std::string number) {
                        return child(ctx, *this, std::stoul(number));
                      }}});
    to.add_step(work, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, "work " + what);
      return "done";
    });
    to.add_step(clean, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, "clean " + what);
    });
  }

  void mend(const runtime::run_summary& parked) override {
    if (!parked.detail.starts_with(runtime::name(runtime::park_reason::exception)))
      return workload::mend(parked);
    mended_.insert(parked.workflow_id);
  }

 private:
  struct family {
    bool parks, child_parks, cancelled, terminated;
    close_policy on_close;
  };

  static workflow<std::string> parent(context& ctx, const cancels& of, std::size_t number) {
    const auto& self = ctx.info().workflow_id;
    const auto failed = co_await ctx.spawn(live(ctx, of, number)).outcome();
    if (failed) co_return "well";
    co_await ctx.shielded(clean_up(ctx, self));
    throw failed.error();
  }

  static task<void> clean_up(context& ctx, std::string who) { co_await ctx.step(clean, who); }

  static task<void> live(context& ctx, const cancels& of, std::size_t number) {
    const auto& what = of.families_[number];
    const auto kid = of.id("child", number);
    auto called = ctx.call<std::string>({"", of.agent(), "child"}, std::to_string(number),
                                        {.workflow_id = kid, .on_close = what.on_close});
    co_await ctx.step(work, of.id("parent", number));
    if (what.parks) of.park_once(of.id("parent", number));
    co_await ctx.sleep(1s);
    ctx.signal_workflow("", kid, "go", std::string("go"));
    co_await called;
  }

  void park_once(const std::string& who) const {
    if (!mended_.contains(who)) throw std::runtime_error("code that must be mended");
  }

  static workflow<std::string> child(context& ctx, const cancels& of, std::size_t number) {
    if (of.families_[number].child_parks) of.park_once(of.id("child", number));
    co_return co_await ctx.signal<std::string>("go");
  }

  void begin() override {
    for (std::size_t i = 0; i < families_.size(); ++i) ask_.add(runtime::seconds(5), play(i));
  }

  client_script play(std::size_t number) {
    const auto whose = id("parent", number);
    must(co_await ask_.start(of("parent", whose, std::to_string(number))), whose);
    if (families_[number].cancelled)
      ask_.add(runtime::seconds(3), end(number, control_verb::cancel));
    if (families_[number].terminated)
      ask_.add(runtime::seconds(3), end(number, control_verb::terminate));
    ask_.add(runtime::seconds(5), look(number));
    ask_.add(runtime::seconds(60), look(number));
  }

  client_script end(std::size_t number, control_verb verb) {
    const auto whose = id("parent", number);
    const auto key = fmt::format("{} {}", whose, static_cast<int>(verb));
    const auto told = co_await ask_.control(named(whose), verb, key);
    if (!told && told.error().code != runtime::errc::failed_state) must(told, whose);
  }

  client_script look(std::size_t number) {
    const auto whose = id("parent", number);
    const auto end = must(co_await ask_.end_of(named(whose)), whose);
    const auto [known, first] = ends_.emplace(number, end.status);
    expect(first || known->second == end.status, whose, "ended in two ways");
  }

  void check() const override {
    for (const auto& [number, status] : ends_) {
      const auto whose = id("parent", number);
      const auto& what = families_[number];
      const auto worked = world_.of("work " + whose).keys.size();
      const auto cleaned = world_.of("clean " + whose).keys.size();
      expect(worked <= 1 && cleaned <= 1, whose, "did something twice");
      switch (status) {
        case run_status::completed:
          expect(worked == 1 && cleaned == 0, whose, "completed, but did other things");
          break;
        case run_status::cancelled:
          expect(what.cancelled && cleaned == 1, whose, "cancelled, but did other things");
          break;
        default:
          expect(status == run_status::terminated && what.terminated, whose, runtime::name(status));
      }
    }
  }

  std::vector<family> families_;
  std::map<std::size_t, run_status> ends_;
  std::set<std::string> mended_;
};

}  // namespace

std::unique_ptr<workload> make_cancels(testing::dice& chance) {
  return std::make_unique<cancels>(chance);
}

}  // namespace perdure::sim
