#include <algorithm>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto year = 365 * 24h;

/// Sleeps side by side, some of them equally long, some cancelled before they end, some of years;
/// starts that are delayed, runs with a deadline, waits for a signal that run out. Each ends once,
/// in the order of what is due, and never early.
class timers final : public scripted {
 public:
  explicit timers(testing::dice& chance) : scripted("timers") {
    const bool long_ones = chance.happens(.1);
    for (std::size_t i = 1 + chance.below(8); i > 0; --i) {
      const auto longest = long_ones && chance.happens(.5) ? year.count() * 3'600 : 10;
      sleeps_.push_back({std::chrono::seconds(chance.below(static_cast<std::uint64_t>(longest))),
                         chance.happens(.3)});
    }
    longest_ = std::ranges::max(sleeps_, {}, &sleep_order::length).length;
  }

  void shape(cluster_options& how) override {
    how.patience.us += to_duration(longest_).us;
    how.membership.reset();  // its heartbeats would be all that such a long world holds
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(
        to, {{"sleep", [this](context& ctx, shown&, std::string) { return sleep_all(ctx, *this); }},
             {"wait", &wait}});
  }

 private:
  struct sleep_order {
    std::chrono::seconds length;
    bool cancelled;  ///< half a second before its end
  };
  using names = std::shared_ptr<std::vector<std::string>>;

  static task<void> sleep_one(context& ctx, std::chrono::microseconds length, std::string name,
                              names ended) {
    const auto due = ctx.now() + to_duration(length);
    co_await ctx.sleep(length);
    ended->push_back(ctx.now() < due ? name + " early" : name);
  }

  static task<void> cancel_in_time(context& ctx, std::chrono::microseconds length, std::string name,
                                   names ended) {
    auto whom = ctx.spawn(sleep_one(ctx, length, name, ended));
    co_await ctx.sleep(length - 500ms);
    whom.cancel();
    if (const auto end = co_await whom.outcome(); end || !end.error().is_cancelled())
      ended->push_back(name + " was not cancelled");
  }

  static workflow<std::string> sleep_all(context& ctx, const timers& of) {
    const auto ended = std::make_shared<std::vector<std::string>>();
    std::vector<pending<void>> all_of_them;
    for (std::size_t i = 0; i < of.sleeps_.size(); ++i) {
      const auto& one = of.sleeps_[i];
      all_of_them.push_back(
          ctx.spawn(one.cancelled && one.length > 1s
                        ? cancel_in_time(ctx, one.length, std::to_string(i), ended)
                        : sleep_one(ctx, one.length, std::to_string(i), ended)));
    }
    co_await all(all_of_them);
    co_return fmt::format("{}", fmt::join(*ended, " "));
  }

  static workflow<std::string> wait(context& ctx, shown&, std::string how) {
    if (how == "for ever") co_await ctx.signal<std::string>("never");
    const auto heard = co_await ctx.signal<std::string>("never", 3s).outcome();
    co_return heard ? "heard" : std::string(runtime::name(heard.error().kind()));
  }

  void begin() override {
    ask_.add(runtime::seconds(10), sleep());
    if (ask_.chance().happens(.5)) ask_.add(runtime::seconds(10), delayed());
    if (ask_.chance().happens(.5)) ask_.add(runtime::seconds(10), limited());
  }

  client_script sleep() {
    const auto whose = id("sleep", 0);
    const auto begun = ask_.on().in().now();
    must(co_await ask_.start(of("sleep", whose)), whose);
    if (longest_ > 60s) co_await ask_.wait(to_duration(longest_), to_duration(longest_ + 10s));
    slept_ = value_of(co_await ask_.end_of(named(whose)), whose);
    took_at_least(begun, last_due(), whose);
  }

  client_script delayed() {
    const auto whose = id("delayed", 0);
    const auto begun = ask_.on().in().now();
    auto what = of("wait", whose, "a while");
    what.delay = runtime::seconds(4);
    must(co_await ask_.start(what), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), "timed_out", whose);
    took_at_least(begun, 7s, whose);
  }

  client_script limited() {
    const auto whose = id("limited", 0);
    const auto begun = ask_.on().in().now();
    auto what = of("wait", whose, "for ever");
    what.timeout = runtime::seconds(8);
    must(co_await ask_.start(what), whose);
    const auto end = must(co_await ask_.end_of(named(whose)), whose);
    expect(end.status == runtime::run_status::timed_out, whose, runtime::name(end.status));
    took_at_least(begun, 8s, whose);
  }

  void took_at_least(runtime::timestamp begun, std::chrono::seconds least, std::string_view who) {
    expect(ask_.on().in().now() + ask_.on().clocks_differ() >= begun + to_duration(least), who,
           "ended early");
  }

  std::chrono::seconds last_due() const {
    std::chrono::seconds last{};
    for (const auto& one : sleeps_) {
      if (!is_cancelled(one)) last = std::max(last, one.length);
    }
    return last;
  }
  static bool is_cancelled(const sleep_order& one) { return one.cancelled && one.length > 1s; }

  void check() const override {
    std::vector<std::size_t> fired;
    for (std::size_t i = 0; i < sleeps_.size(); ++i) {
      if (!is_cancelled(sleeps_[i])) fired.push_back(i);
    }
    std::ranges::sort(fired, {}, [this](std::size_t i) { return std::pair(sleeps_[i].length, i); });
    expect_same(slept_, fmt::format("{}", fmt::join(fired, " ")), id("sleep", 0));
  }

  std::vector<sleep_order> sleeps_;
  std::chrono::seconds longest_{};
  std::string slept_;
};

}  // namespace

std::unique_ptr<workload> make_timers(testing::dice& chance) {
  return std::make_unique<timers>(chance);
}

}  // namespace perdure::sim
