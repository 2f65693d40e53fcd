#include <algorithm>
#include <set>

#include "runtime/author/codec_json.hpp"
#include "tests/sim/author_values.hpp"
#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;
using runtime::control_verb;
using runtime::id_policy;
using runtime::run_status;

constexpr step<nlohmann::json(nlohmann::json, words, std::optional<std::int64_t>)> gather{
    "authors.gather"};
constexpr step<retry(retry, double)> slower{"authors.slower"};
constexpr step<bool(bool, mood)> content{"authors.content"};
constexpr step<std::string(std::string)> echo{"authors.echo", backoff(10ms)};
constexpr step<std::string(std::string)> fails{"authors.fails", backoff(1ms, 20.0, 5ms)};
constexpr step<std::string(std::string)> missing{"authors.missing"};
constexpr std::string_view vault = "vault";

/// Agents that use what an author has, each of them beside others: typed values, ways to try again,
/// pendings awaited twice and together, scopes, chance and time, calls of each kind.
class authors final : public scripted {
 public:
  explicit authors(testing::dice& chance) : scripted("authors") {
    for (std::size_t i = 1 + chance.below(5); i > 0; --i)
      picked_.emplace_back(chance.below(std::size(plays)), chance.below(1'000));
  }

  void shape(cluster_options& how) override {
    how.namespaces.push_back({std::string(vault), 1, {}, 3'600, 1'000});
  }

  void offer(registry& to, std::uint32_t) override {
    const auto with = [this](auto code) {
      return [this, code](context& ctx, shown&, std::string input) {
        return code(ctx, *this, std::move(input));
      };
    };
    offer_agent(to, {{"values", with(&values)},
                     {"tries", with(&tries)},
                     {"twice", with(&twice)},
                     {"scopes", with(&scopes)},
                     {"chance", with(&chances)},
                     {"calls", with(&calls)},
                     {"echo", with(&echoes)},
                     {"wait", with(&waits)}});
    to.add_step(gather, &gathered);
    to.add_step(slower, &slowed);
    to.add_step(content, &is_content);
    to.add_step(echo, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what);
      return what;
    });
    to.add_step(fails,
                [this](step_context& ctx, const std::string& how) { return fail(ctx, how); });
  }

 private:
  struct play {
    std::string_view operation;
    client_script (authors::*follow)(std::string whose, std::size_t number);
  };

  // ---- What the agents do ----

  static workflow<std::string> echoes(context& ctx, const authors&, std::string what) {
    co_return co_await ctx.step(echo, what);
  }
  static workflow<std::string> waits(context& ctx, const authors&, std::string) {
    co_return co_await ctx.signal<std::string>("go");
  }

  static workflow<std::string> values(context& ctx, const authors&, std::string input) {
    const auto number = std::stoll(input);
    const auto all =
        co_await ctx.step(gather, object_of(number), words_of(number), maybe_of(number));
    const auto slow = co_await ctx.step(slower, retry_of(number), 1.5);
    const bool well = co_await ctx.step(content, number % 2 == 0, mood_of(number));
    co_return told(all, slow, well);
  }

  std::string fail(step_context& ctx, const std::string& how) {
    const bool is_told = ctx.step_name() == fails.name() && ctx.attempt() >= 1 &&
                         !ctx.run().empty() && !ctx.is_cancelled() && !ctx.time_left();
    world_.write(ctx, is_told ? how : "a step is told wrong");
    ctx.throw_if_cancelled();
    if (how.ends_with("refused")) throw permanent_error("for good");
    if (how.ends_with("number")) throw 42;
    if (how.ends_with("thrown")) throw std::runtime_error("thrown");
    return how;
  }

  static std::uint32_t attempts_of(std::size_t number) {
    return static_cast<std::uint32_t>(1 + number % 3);
  }

  static workflow<std::string> tries(context& ctx, const authors&, std::string input) {
    const auto& self = ctx.info().workflow_id;
    const auto most = retries(attempts_of(std::stoul(input)));
    std::string all;
    for (const std::string how : {"refused", "number", "thrown", "late"}) {
      const auto patience = attempt_timeout(how == "late" ? time_span(1us) : time_span(1h));
      const auto end =
          co_await ctx.step(fails, self + " " + how, most, patience, retry_for(1h)).outcome();
      all += end ? how : fmt::format("{}: {};", how, end.error().what());
    }
    const auto nobody = co_await ctx.step(missing, self).outcome();
    all += nobody ? "?" : nobody.error().type();
    const auto once =
        co_await ctx.step(fails, self + " once", at_most_once, backoff(0ms)).outcome();
    all += once || once.error().kind() == outcome::outcome_unknown ? "; once" : "; ?";
    co_return all;
  }

  static task<std::string> join(context& ctx, std::string what) {
    co_return co_await ctx.step(echo, what) + "!";
  }

  static workflow<std::string> twice(context& ctx, const authors&, std::string) {
    const auto& self = ctx.info().workflow_id;
    auto step = ctx.step(echo, self + " a");
    auto timer = ctx.sleep(1ms);
    auto task = ctx.spawn(join(ctx, self + " b"));
    auto texts = co_await step + co_await step + co_await task + co_await task;
    co_await timer;
    co_await timer;
    const auto [third, fourth] = co_await all(step, join(ctx, self + " c"));
    const auto settled = co_await all_settled(ctx.step(fails, self + " refused"), timer, step);
    const auto refused = !std::get<0>(settled) && std::get<1>(settled) && std::get<2>(settled);
    auto never = ctx.sleep(1h);
    const auto first = co_await any(never, step);
    texts += third + fourth + (refused ? "refused" : "?") + std::to_string(first);
    const auto [slept, none] = co_await all(timer, all_of_none(ctx));
    co_return texts + (none == 0 && timer.is_settled() ? "" : "?");
  }
  static task<std::size_t> all_of_none(context&) {
    std::vector<pending<std::string>> none;
    co_return (co_await all(none)).size();
  }

  static task<std::string> nap(context& ctx) {
    co_await ctx.sleep(1h);
    co_return "slept";
  }
  static task<std::string> listen(context& ctx, std::string name) {
    co_return co_await ctx.signal<std::string>(name, 1h);
  }
  static std::string why(const std::expected<std::string, failure>& end) {
    return end ? "?" : fmt::format("{}: {}; ", end.error().type(), end.error().message());
  }

  /// What is cancelled with a scope, what is asked for in it later, and each thing by itself.
  static workflow<std::string> scopes(context& ctx, const authors& of, std::string) {
    const auto& self = ctx.info().workflow_id;
    auto scope = ctx.scope();
    auto naps = scope.spawn(nap(ctx));
    auto listens = scope.spawn(listen(ctx, "never"));
    auto others = ctx.spawn(join(ctx, self + " goes on"));
    co_await ctx.sleep(10ms);
    std::string all = scope.is_cancelled() ? "?" : "";
    scope.cancel("enough");
    scope.cancel("again");
    all += why(co_await std::move(naps).outcome()) + why(co_await std::move(listens).outcome());
    all += why(co_await scope.run(join(ctx, self + " too late")).outcome());
    if (!scope.is_cancelled()) all += "?";
    auto quiet = ctx.scope();
    quiet.cancel();
    all += why(co_await quiet.run(nap(ctx)).outcome());

    auto task = ctx.spawn(nap(ctx));
    auto word = ctx.signal<std::string>("never", 1h);
    auto call = ctx.call<std::string>({"", of.agent(), "wait"}, std::string());
    auto step = ctx.step(echo, self + " is not wanted");
    for (auto* each : {&task, &word, &call, &step}) each->cancel();
    for (auto* each : {&task, &word, &call, &step}) all += why(co_await each->outcome());
    all += co_await ctx.shielded(join(ctx, self + " cleans"));
    co_return all + co_await std::move(others);
  }

  static workflow<std::string> chances(context& ctx, const authors&, std::string) {
    const auto& self = ctx.info();
    const auto first = ctx.uuid(), second = ctx.uuid();
    const auto share = ctx.random_real();
    const auto before = ctx.now();
    co_await ctx.sleep_until(before + runtime::milliseconds(700));
    co_await ctx.sleep_until(to_time_point(before) + 1'500ms);
    const bool late = ctx.now() - before >= runtime::milliseconds(1'500);
    const bool known = self.operation == "chance" && self.parent.empty();
    co_await ctx.step(echo, self.workflow_id + " " + first);
    if (!late || !known || share < 0 || share >= 1) co_return "?";
    co_return first + second;
  }

  /// Of a run that has closed, of one whose time is over, of one run twice, of one that somebody
  /// ends; and a signal to where nobody may signal.
  static workflow<std::string> calls(context& ctx, const authors& of, std::string) {
    const auto& self = ctx.info().workflow_id;
    const auto call = [&](std::string_view operation, std::string whom, call_options how) {
      how.workflow_id = self + std::move(whom);
      const auto input = how.workflow_id;
      return ctx.call<std::string>({"", of.agent(), operation}, input, std::move(how));
    };
    ctx.signal_workflow(vault, self + "'s vault", "go", std::string("from outside"));
    auto all = co_await call("echo", "'s", {});
    all += co_await call("echo", "'s", {.workflow_id = {}, .policy = id_policy::attach});
    all += why(co_await call("wait", "'s late", {.workflow_id = {}, .timeout = 500ms}).outcome());
    auto one = call("wait", "'s met", {});
    auto other = call("wait", "'s met", {.workflow_id = {}, .policy = id_policy::attach});
    co_await ctx.sleep(50ms);
    other.cancel();
    ctx.signal_workflow("", self + "'s met", "go", std::string("gone; "));
    all += co_await one + why(co_await other.outcome());
    all += why(co_await call("wait", "'s doomed", {}).outcome());
    ctx.signal_workflow(vault, self + "'s vault", "go", std::string("again from outside"));
    co_return all;
  }

  // ---- What their clients hear ----

  client_script run_values(std::string whose, std::size_t number) {
    const auto input = static_cast<std::int64_t>(number);
    const auto wanted =
        told(gathered(object_of(input), words_of(input), maybe_of(input)),
             slowed(retry_of(input), 1.5), is_content(number % 2 == 0, mood_of(input)));
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), wanted, whose);
    auto story = must(co_await ask_.history(named(whose)), whose);
    while (story.back().kind != "completed") {  // who was asked has not read all yet
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
      story = must(co_await ask_.history(named(whose)), whose);
    }
    const std::set<std::string> types{"json",
                                      "(json, list<string>, optional<number>)",
                                      "perdure.record.v1.Retry",
                                      "(perdure.record.v1.Retry, number)",
                                      "bool",
                                      "(bool, number)",
                                      "bytes"};
    std::set<std::string> seen;
    for (const auto& event : story) seen.insert(to_text(event.body_type));
    expect(seen == types, whose, fmt::format("is told with the types {}", fmt::join(seen, "; ")));
  }

  client_script run_tries(std::string whose, std::size_t number) {
    const auto end = value_of(co_await ask_.end_of(named(whose)), whose);
    std::string wanted;
    for (const auto* how : {"refused: permanent_error: for good",
                            "number: int: an exception that is not a std::exception",
                            "thrown: std::runtime_error: thrown", "late: timed_out: "})
      wanted += how, wanted += '|';
    // Which attempt it was depends on what was lost.
    std::size_t at = 0;
    for (const auto part : std::views::split(wanted, '|')) {
      const std::string_view text(part.begin(), part.end());
      const auto found = end.find(text, at);
      expect(found != std::string::npos, whose, fmt::format("gave '{}', not '{}'", end, text));
      at = found;
    }
    expect(end.ends_with("not_found; once"), whose, end);
    for (const auto* how : {"refused", "number", "thrown", "late", "once"}) {
      const auto done = world_.of(fmt::format("{} {}", whose, how));
      const auto least = how == std::string("refused") || how == std::string("once")
                             ? std::size_t{how[0] == 'r'}
                             : attempts_of(number);
      expect(done.attempts >= least && done.keys.size() <= 1, whose,
             fmt::format("was tried {} times, {}", done.attempts, how));
    }
    expect(world_.of(whose + " once").attempts <= 1, whose, "was tried again, once");
  }

  client_script run_twice(std::string whose, std::size_t) {
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose),
                fmt::format("{0} a{0} a{0} b!{0} b!{0} a{0} c!refused1", whose), whose);
  }

  client_script run_scopes(std::string whose, std::size_t) {
    const std::string scope = "cancelled: its scope was cancelled";
    const auto wanted = fmt::format(
        "{0}: enough; {0}: enough; {0}: enough; {0}; cancelled: a task was cancelled; cancelled: "
        "signal `never` was cancelled; cancelled: the call of {1}/wait was cancelled; cancelled: "
        "step `authors.echo` was cancelled; {2} cleans!{2} goes on!",
        scope, agent(), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), wanted, whose);
    expect(world_.of(whose + " too late").attempts == 0, whose, "did what was cancelled before");
  }

  client_script run_chance(std::string whose, std::size_t) {
    const auto both = value_of(co_await ask_.end_of(named(whose)), whose);
    expect(both.size() == 72, whose, both);
    const auto first = both.substr(0, 36), second = both.substr(36);
    for (const auto& each : {first, second}) {
      bool formed = each[14] == '4' && std::string_view("89ab").contains(each[19]);
      for (const std::size_t dash : {8, 13, 18, 23}) formed = formed && each[dash] == '-';
      expect(formed, whose, each + " is no UUID");
      expect(uuids_.insert(each).second, whose, each + " is drawn twice");
    }
    expect(world_.of(whose + " " + first).keys.size() == 1, whose, "came back with another UUID");
  }

  client_script run_calls(std::string whose, std::size_t) {
    auto kept = of("wait", whose + "'s vault");
    kept.name_space = vault;
    must(co_await ask_.start(kept), kept.id);
    const auto doomed = named(whose + "'s doomed");
    for (std::size_t i = 0;; ++i) {
      const auto told = co_await ask_.control(doomed, control_verb::terminate,
                                              fmt::format("{} {}", doomed.workflow_id, i));
      if (told) break;
      expect(told.error().code == runtime::errc::not_found, whose, told.error().message);
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
    }
    const auto wanted = fmt::format(
        "{0}'s{0}'sdeadline: the call of {1}/wait timed out: the run's deadline has passed; gone; "
        "cancelled: the call of {1}/wait was cancelled; terminated: the call of {1}/wait was "
        "terminated; ",
        whose, agent());
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), wanted, whose);
    must(co_await ask_.signal(named(kept.id, std::string(vault)), "go", kept.id, "from inside"),
         kept.id);
    expect_same(value_of(co_await ask_.end_of(named(kept.id, std::string(vault))), kept.id),
                "from inside", kept.id);
  }

  static constexpr play plays[] = {
      {"values", &authors::run_values}, {"tries", &authors::run_tries},
      {"twice", &authors::run_twice},   {"scopes", &authors::run_scopes},
      {"chance", &authors::run_chance}, {"calls", &authors::run_calls}};

  void begin() override {
    for (std::size_t i = 0; i < picked_.size(); ++i) ask_.add(runtime::seconds(10), one(i));
  }

  client_script one(std::size_t which) {
    const auto [picked, number] = picked_[which];
    const auto& play = plays[picked];
    const auto whose = id(play.operation, which);
    must(co_await ask_.start(of(std::string(play.operation), whose, std::to_string(number))),
         whose);
    ask_.add({}, (this->*play.follow)(whose, number));
  }

  void check() const override {
    expect(world_.of("a step is told wrong").attempts == 0, "a step", "is told wrong");
  }

  std::vector<std::pair<std::size_t, std::size_t>> picked_;  ///< of `plays`, and a number
  std::set<std::string> uuids_;
};

}  // namespace

std::unique_ptr<workload> make_authors(testing::dice& chance) {
  return std::make_unique<authors>(chance);
}

}  // namespace perdure::sim
