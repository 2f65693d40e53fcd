#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using runtime::control_verb;
using runtime::errc;

/// Signals, controls and questions to ids that nobody has, and calls to a namespace that is not
/// there. What was said under a request key stands, also when somebody has taken the id since.
class nobody final : public scripted {
 public:
  explicit nobody(testing::dice& chance) : scripted("nobody") {
    for (std::size_t i = 1 + chance.below(4); i > 0; --i)
      verbs_.push_back(static_cast<control_verb>(1 + chance.below(4)));
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to, {{"collect", &collect}, {"ask", [this](context& ctx, shown&, std::string) {
                                               return ask_around(ctx, agent());
                                             }}});
  }

 private:
  static workflow<std::string> collect(context& ctx, shown&, std::string) {
    std::string all;
    for (;;) {
      const auto word = co_await ctx.signal<std::string>("word");
      if (word == "stop") co_return all;
      all += word + ";";
    }
  }

  static workflow<std::string> ask_around(context& ctx, std::string agent) {
    ctx.signal_workflow("", ctx.info().workflow_id + " who never comes", "word", std::string("?"));
    ctx.signal_workflow("nowhere", "anybody", "word", std::string("?"));
    const auto told =
        co_await ctx.call<std::string>({"nowhere", agent, "collect"}, std::string()).outcome();
    co_return told ? *told : std::string(runtime::name(told.error().kind()));
  }

  void begin() override {
    for (std::size_t i = 0; i < verbs_.size(); ++i) ask_.add(runtime::seconds(10), play(i));
    ask_.add(runtime::seconds(10), ask());
  }

  client_script ask() {
    const auto whose = id("ask", 0);
    must(co_await ask_.start(of("ask", whose)), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), "not_found", whose);
  }

  client_script play(std::size_t number) {
    const auto whose = id("late", number);
    nobody_heard(co_await question<runtime::payload>(
                     whose,
                     [whose](runtime::client& through, auto answer) {
                       through.query({named(whose), "shown", {}}, std::move(answer));
                     }),
                 whose);
    nobody_heard(co_await question<runtime::run_result>(
                     whose,
                     [whose](runtime::client& through, auto answer) {
                       through.result(named(whose), longest_poll, std::move(answer));
                     }),
                 whose);
    nobody_heard(co_await early_signal(number), whose);
    nobody_heard(co_await early_control(number), whose);
    for (int i = 0; i < 3; ++i) ask_.add(runtime::seconds(10), again(number));
    if (ask_.chance().happens(.5)) co_await ask_.wait({}, runtime::seconds(3));

    const auto first = must(co_await ask_.start(of("collect", whose)), whose);
    nobody_heard(co_await early_control(number), whose);
    nobody_heard(co_await early_signal(number), whose);
    must(co_await ask_.signal(named(whose), "word", "in time", "in time"), whose);
    must(co_await ask_.signal(named(whose), "word", "stop", "stop"), whose);
    const auto end = co_await ask_.end_of({"team", whose, first.run_id});
    expect_same(value_of(end, whose), "in time;", whose);
    nobody_heard(co_await early_signal(number), whose);
    nobody_heard(co_await early_control(number), whose);
  }

  client_script again(std::size_t number) {
    nobody_heard(co_await early_signal(number), id("late", number));
    nobody_heard(co_await early_control(number), id("late", number));
  }

  awaited<clients::reply> early_signal(std::size_t number) const {
    return ask_.signal(named(id("late", number)), "word", "early", "too early");
  }
  awaited<clients::reply> early_control(std::size_t number) const {
    return ask_.control(named(id("late", number)), verbs_[number], "early");
  }

  /// Of what nobody knows: clients::query goes on asking.
  template <class T>
  awaited<runtime::expected<T>> question(
      std::string whose, std::function<void(runtime::client&, runtime::reply_to<T>)> what) const {
    using answered = awaited<runtime::expected<T>>;
    return answered([this, whose, what](answered::done then) {
      ask_.on().ask<T>("question to " + whose, what, std::move(then));
    });
  }

  template <class T>
  void nobody_heard(const runtime::expected<T>& told, const std::string& whose) const {
    expect(!told && told.error().code == errc::not_found, whose,
           told ? "was there before it began" : told.error().message);
  }

  std::vector<control_verb> verbs_;  ///< that came too early, by id
};

}  // namespace

std::unique_ptr<workload> make_nobody(testing::dice& chance) {
  return std::make_unique<nobody>(chance);
}

}  // namespace perdure::sim
