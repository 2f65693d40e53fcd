#include <algorithm>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;

/// How the n-th item behaves: n modulo their number.
enum class manner { steady, hopeless, refused, once, once_failing, waiting, timed };
constexpr std::size_t manners = 7;
constexpr std::size_t failures_before_success = 3, failures_while_waiting = 2;

constexpr step<std::string(std::string)> steady{"fan.steady", backoff(10ms), retries(4)};
constexpr step<std::string(std::string)> hopeless{"fan.hopeless", backoff(10ms), retries(3)};
constexpr step<std::string(std::string)> refused{"fan.refused", backoff(10ms)};
constexpr step<std::string(std::string)> once{"fan.once", at_most_once};
constexpr step<std::string(std::string)> once_failing{"fan.once_failing", at_most_once};
constexpr step<std::string(std::string)> waiting{"fan.waiting", backoff(10ms)};
constexpr step<std::string(std::string)> timed{"fan.timed", backoff(10ms), attempt_timeout(12ms)};

const step<std::string(std::string)>& step_of(manner how) {
  static constexpr const step<std::string(std::string)>* steps[] = {
      &steady, &hopeless, &refused, &once, &once_failing, &waiting, &timed};
  return *steps[static_cast<std::size_t>(how)];
}

/// Fan-out and fan-in: steps of all manners side by side, by each combinator. Each ends as its
/// policy says, after as many attempts as policy and crashes allow.
class fan final : public scripted {
 public:
  explicit fan(testing::dice& chance)
      : scripted("fan"), items_(1 + chance.below(9)), limit_(1 + chance.below(4)) {
    for (std::size_t i = 0; i < items_; ++i)
      how_.push_back(static_cast<manner>(chance.below(manners)));
    restless_ = chance.happens(.6);
    for (auto& how : how_) {
      if (restless_ && chance.happens(.6)) how = manner::once_failing;
    }
  }

  /// Others take the partitions while results are at hand that wait for turns on their way.
  void shape(cluster_options& how) override {
    if (!restless_ || how.log.atomic) return;
    how.nodes = std::max(how.nodes, 2U);
    how.node.want = actors::partition_want::no;
    how.view_late = runtime::seconds(8);
    how.move_chance = .105 / std::max(3U, how.nodes);  // each of them hears of each move
    how.log.write = runtime::milliseconds(60);
    how.log.write_jitter = runtime::milliseconds(120);
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(
        to,
        {{"for_each", [this](context& ctx, shown&, std::string) { return one_by_one(ctx, *this); }},
         {"settled", [this](context& ctx, shown&, std::string) { return all_at_once(ctx, *this); }},
         {"race", [](context& ctx, shown&, std::string who) { return race(ctx, who); }}});
    to.add_step(steady, [this](step_context& ctx, const std::string& what) {
      if (world_.write(ctx, what) <= failures_before_success) throw std::runtime_error("not yet");
      return "ok " + what;
    });
    to.add_step(hopeless, [this](step_context& ctx, const std::string& what) -> std::string {
      world_.write(ctx, what);
      throw std::runtime_error("never");
    });
    to.add_step(refused, [this](step_context& ctx, const std::string& what) -> std::string {
      world_.write(ctx, what);
      throw permanent_error("refused", "for good");
    });
    to.add_step(once, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what);
      return "ok " + what;
    });
    to.add_step(once_failing, [this](step_context& ctx, const std::string& what) -> std::string {
      world_.write(ctx, what);
      throw std::runtime_error("only once");
    });
    to.add_step(timed, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what);
      return "ok " + what;
    });
    to.add_asynchronous_step(waiting,
                             [this](step_context& ctx, const payload& arguments, auto done) {
                               wait_a_while(ctx, arguments, std::move(done));
                             });
  }

 private:
  void wait_a_while(step_context& ctx, const payload& arguments,
                    const std::function<void(runtime::step_report)>& done) {
    auto [what] = decode_arguments<std::string>(arguments);
    const bool early = world_.write(ctx, what) <= failures_while_waiting;
    auto& in = ask_.on().in();
    in.in(in.drawn(runtime::milliseconds(1), runtime::seconds(2)), in.running(),
          [attempt = ctx.request(), done, what, early] {
            try {
              if (early) throw std::runtime_error("not yet");
              done(step_registry::succeed(attempt, encode("ok " + what)));
            } catch (...) {
              done(step_registry::fail(attempt, stop_reason::none));
            }
          });
  }

  static std::string in_words(const std::expected<std::string, failure>& outcome) {
    return outcome ? *outcome : std::string(runtime::name(outcome.error().kind()));
  }

  static task<std::string> one(context& ctx, manner how, std::string what) {
    co_return in_words(co_await ctx.step(step_of(how), std::move(what)).outcome());
  }

  static workflow<std::string> one_by_one(context& ctx, const fan& of) {
    std::vector<std::size_t> items(of.items_);
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = i;
    const auto ends = co_await ctx.for_each(
        std::move(items), of.limit_,
        [&of](context& c, std::size_t i) { return one(c, of.how_[i], of.item("each", i)); });
    co_return fmt::format("{}", fmt::join(ends, ";"));
  }

  static workflow<std::string> all_at_once(context& ctx, const fan& of) {
    std::vector<pending<std::string>> begun;
    for (std::size_t i = 0; i < of.items_; ++i)
      begun.push_back(ctx.step(step_of(of.how_[i]), of.item("all", i)));
    std::vector<std::string> ends;
    for (const auto& end : co_await all_settled(begun)) ends.push_back(in_words(end));
    co_return fmt::format("{}", fmt::join(ends, ";"));
  }

  /// The first wins, the others are told to stop.
  static workflow<std::string> race(context& ctx, std::string who) {
    std::vector<pending<std::string>> begun;
    for (const auto* name : {"a", "b", "c"}) begun.push_back(ctx.step(waiting, who + name));
    const auto first = co_await any(begun);
    for (auto& each : begun) each.cancel();
    co_return co_await begun[first];
  }

  void begin() override {
    for (const auto* operation : {"for_each", "settled", "race"}) {
      if (ask_.chance().happens(.7)) ask_.add(runtime::seconds(10), run(operation));
    }
  }

  client_script run(std::string operation) {
    const auto whose = id(operation, 0);
    must(co_await ask_.start(of(operation, whose, whose)), whose);
    ends_[operation] = value_of(co_await ask_.end_of(named(whose)), whose);
  }

  std::string item(std::string_view where, std::size_t number) const {
    return fmt::format("{} {}", where, number);
  }

  void check() const override {
    for (const auto& [operation, end] : ends_) {
      if (operation == "race") {
        expect(end.starts_with("ok " + id("race", 0)), id("race", 0), end);
        continue;
      }
      std::vector<std::string> ends;
      for (std::size_t from = 0, to = 0; to != std::string::npos; from = to + 1) {
        to = end.find(';', from);
        ends.push_back(end.substr(from, to - from));
      }
      expect(ends.size() == items_, operation, "results are missing or too many");
      for (std::size_t i = 0; i < items_; ++i)
        check_one(how_[i], item(operation == "settled" ? "all" : "each", i), ends[i]);
    }
  }

  void check_one(manner how, const std::string& what, const std::string& end) const {
    const auto attempts = world_.of(what).attempts;
    const auto lost = ask_.on().lost_epochs();  // at most so many attempts went with their owner
    const auto between = [&](std::size_t least, std::size_t most) {
      expect(attempts >= least && attempts <= most, what, fmt::format("{} attempts", attempts));
    };
    expect(world_.of(what).keys.size() <= 1, what, "has two idempotency keys");
    switch (how) {
      case manner::steady:
        expect_same(end, "ok " + what, what);
        return between(failures_before_success + 1, failures_before_success + 1 + lost);
      case manner::hopeless:
        expect_same(end, "failed", what);
        return between(3, 3 + lost);
      case manner::refused:
        expect_same(end, "failed", what);
        return between(1, 1 + lost);
      case manner::waiting:
        expect_same(end, "ok " + what, what);
        return between(failures_while_waiting + 1, failures_while_waiting + 1 + lost);
      case manner::timed:
        return expect_same(end, "ok " + what, what);
      case manner::once:
      case manner::once_failing:
        if (end == "outcome_unknown") return between(0, 1);
        expect_same(end, how == manner::once ? "ok " + what : "failed", what);
        return between(1, 1);
    }
  }

  const std::size_t items_, limit_;
  bool restless_ = false;
  std::vector<manner> how_;
  std::map<std::string, std::string> ends_;
};

}  // namespace

std::unique_ptr<workload> make_fan(testing::dice& chance) { return std::make_unique<fan>(chance); }

}  // namespace perdure::sim
