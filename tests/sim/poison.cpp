#include <algorithm>
#include <set>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

constexpr step<std::string(std::string)> deadly{"poison.deadly"};
constexpr step<std::string(std::string)> harmless{"poison.harmless"};

/// Workflows, steps and queries whose code ends the process of its node, until somebody mends it,
/// beside others that do no harm. The books see that each is parked in time, and no bystander for
/// it; the operator mends and resumes it, and it ends.
class poison final : public scripted {
 public:
  explicit poison(testing::dice& chance) : scripted("poison"), bystanders_(chance.below(4)) {
    for (std::size_t i = 1 + chance.below(2); i > 0; --i)
      kinds_.push_back(static_cast<kind>(chance.below(4)));
    crowded_ = chance.happens(.4);
    for (std::size_t i = crowded_ ? 2 : 0; i > 0; --i)
      kinds_.push_back(static_cast<kind>(chance.below(3)));
  }

  /// What said that code begins alone comes late, or a copy of it, or its writer does not know, and
  /// others are at hand that end the process.
  void shape(cluster_options& how) override {
    if (how.log.atomic) return;
    how.log.copied = std::max(how.log.copied, .1);
    how.log.unknown_lost = std::max(how.log.unknown_lost, .05);
    if (!crowded_) return;
    how.log.copied = std::max(how.log.copied, .2);
    how.log.unknown_landed = std::max(how.log.unknown_landed, .2);
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to, {{"deadly",
                      [this](context& ctx, shown&, std::string number) {
                        return run_deadly(ctx, *this, std::stoul(number));
                      }},
                     {"asked",
                      [this](context& ctx, shown& shows, std::string number) {
                        return run_asked(ctx, shows, *this, std::stoul(number));
                      }},
                     {"harmless", &run_harmless}});
    to.add_step(harmless, [](const std::string& what) { return what; });
    to.add_step(deadly, [this](const std::string& what) {
      end_process(what);
      return what;
    });
  }

  void mend(const runtime::run_summary& parked) override {
    workload::mend(parked);
    mended_.insert(parked.workflow_id);
  }

 private:
  enum class kind { at_once, after_a_step, step, query };

  /// The code of that run does, until it is mended.
  void end_process(const std::string& whose) const {
    if (!mended_.contains(whose)) ask_.on().crash(whose);
  }

  static workflow<std::string> run_deadly(context& ctx, const poison& of, std::size_t number) {
    const auto self = of.id("deadly", number);
    if (of.kinds_[number] == kind::at_once) of.end_process(self);
    const auto first = co_await ctx.step(harmless, std::string("a"));
    if (of.kinds_[number] == kind::after_a_step) of.end_process(self);
    if (of.kinds_[number] == kind::step) co_await ctx.step(deadly, self);
    co_return first + co_await ctx.step(harmless, std::string("b"));
  }

  static workflow<std::string> run_asked(context& ctx, shown& shows, const poison& of,
                                         std::size_t number) {
    shows.asked = [&of, number] { of.end_process(of.id("asked", number)); };
    shows.shown = "a";
    co_await ctx.signal<std::string>("enough");
    co_return "ab";
  }

  static workflow<std::string> run_harmless(context& ctx, shown&, std::string) {
    std::string all;
    for (const auto* each : {"a", "b", "c"}) {
      all += co_await ctx.step(harmless, std::string(each));
      co_await ctx.sleep(std::chrono::seconds(1));
    }
    co_return all;
  }

  void begin() override {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      // Another node that claims without the page sees nothing of a query.
      if (ask_.on().nodes() > 1 && kinds_[i] == kind::query) kinds_[i] = kind::at_once;
      ask_.add(runtime::seconds(5),
               kinds_[i] == kind::query ? ask_until_parked(i) : play("deadly", i, "ab"));
    }
    for (std::size_t i = 0; i < bystanders_; ++i)
      ask_.add(runtime::seconds(5), play("harmless", i, "abc"));
  }

  client_script play(std::string operation, std::size_t number, std::string wanted) {
    const auto whose = id(operation, number);
    must(co_await ask_.start(of(operation, whose, std::to_string(number))), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), wanted, whose);
    expect(operation == "harmless" || mended_.contains(whose), whose, "was never parked");
  }

  /// Nothing but queries comes until one is answered.
  client_script ask_until_parked(std::size_t number) {
    const auto whose = id("asked", number);
    must(co_await ask_.start(of("asked", whose, std::to_string(number))), whose);
    for (auto heard = co_await ask_.query(named(whose), "shown"); !heard;
         heard = co_await ask_.query(named(whose), "shown"))
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(2));
    expect(mended_.contains(whose), whose, "answered, though that ends its process");
    must(co_await ask_.signal(named(whose), "enough", whose + "'s end", "!"), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), "ab", whose);
  }

  std::vector<kind> kinds_;
  const std::size_t bystanders_;
  bool crowded_ = false;
  std::set<std::string> mended_;
};

}  // namespace

std::unique_ptr<workload> make_poison(testing::dice& chance) {
  return std::make_unique<poison>(chance);
}

}  // namespace perdure::sim
