#include "runtime/author/limits.hpp"

#include <map>
#include <set>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;
using runtime::run_status;

constexpr std::size_t record_bytes = std::size_t{16} << 10;
constexpr std::size_t lines = most_log_lines_in_turn + 3;
constexpr step<std::string(std::string)> echo{"limits.echo", backoff(10ms)};
constexpr step<int(std::string)> number{"limits.echo", backoff(10ms)};  // it gives no number
constexpr step<std::string(std::string)> swell{"limits.swell", backoff(10ms)};

/// Code that asks for more than a turn, a name, an input, a result or a log may hold: told so where
/// it asked, or parked before anything of it has happened. Code that misuses what it has: parked,
/// with words for who must mend it. Mended and resumed it ends.
class limits final : public scripted {
 public:
  explicit limits(testing::dice& chance) : scripted("limits") {
    for (std::size_t i = 1 + chance.below(4); i > 0; --i)
      asked_.push_back(chance.below(std::size(asks)));
    for (std::size_t i = chance.below(4); i > 0; --i)
      misused_.push_back(chance.below(std::size(misuses)));
  }

  void shape(cluster_options& how) override {
    how.node.owner.record_bytes = record_bytes;
    if (how.embedded) how.embedded->make_room(2 * record_bytes);
    if (how.brokers) how.brokers->make_room(whole_bundle);
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to, {{"commands", &ask_too_often},
                     {"bytes", &ask_for_too_much},
                     {"names", &name_too_long},
                     {"inputs", &give_too_much},
                     {"swells", &hear_too_much},
                     {"result", &end_with_too_much},
                     {"lines", &write_too_much},
                     {"greedy", [this](context& ctx, shown&, std::string) { return greedy(ctx); }},
                     {"misuse", [this](context& ctx, shown& shows, std::string how) {
                        return misuse(ctx, shows, std::move(how));
                      }}});
    to.add_agent({{}, {}, {{"run", runtime::operation_kind::workflow, {}, {}, {}}}},
                 [this]() -> std::unique_ptr<agent_handler> {
                   if (!is_built_) throw std::runtime_error("not built");
                   return std::make_unique<built>();
                 },
                 {.name = built_agent(), .build = {}});
    to.add_step(echo, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what.substr(0, what.find('#')));
      return what;
    });
    to.add_step(swell, [](const std::string&) { return std::string(largest_payload + 1, 'x'); });
  }

  void mend(const runtime::run_summary& parked) override;
  void hear(const std::string& line) override;

 private:
  /// An agent whose object cannot be made for a while.
  class built final : public agent_handler {
    workflow_body dispatch_workflow(std::string_view, context& ctx, const payload&) override {
      return run(ctx).body();
    }
    static workflow<std::string> run(context&) { co_return "built"; }
  };
  std::string built_agent() const { return agent() + ".Built"; }

  // ---- What asks for too much ----

  struct ask {
    std::string_view operation, gives;
  };
  static constexpr ask asks[] = {
      {"commands",
       "step `limits.echo`: a turn has at most 10000 commands: await some of them before you ask "
       "for more; too_large; too_large"},
      {"bytes",
       "8; step `limits.echo`: the inputs of a turn's commands have at most 8388608 bytes: await "
       "some of them before you ask for more"},
      {"names",
       "signal `#`: a name of 257 bytes is over the limit of 256; the call of limits.Agent/echo: a "
       "name of 257 bytes is over the limit of 256; signal `word` to #: a name of 257 bytes is "
       "over "
       "the limit of 256"},
      {"inputs",
       "step `limits.echo`: its input has 1048577 bytes, over the limit of 1048576; too_large; "
       "too_large"},
      {"swells", "the step gave 1048577 bytes, over the limit of 1048576"},
      {"result", "the run's result has 1048577 bytes, over the limit of 1048576"},
      {"lines", "written"},
      {"greedy", "abc"},
      {"built", "built"},
  };

  static std::string told(context& ctx, std::string_view whom, std::string_view name,
                          const std::string& what) {
    try {
      ctx.signal_workflow("", whom, name, what);
    } catch (const failure& why) {
      return why.message();
    }
    return "?";
  }
  static std::string type_of_telling(context& ctx, const std::string& what) {
    try {
      ctx.signal_workflow("", "nobody", "word", what);
    } catch (const failure& why) {
      return why.type();
    }
    return "?";
  }

  /// It ends at once, and all that it asked for with it.
  static workflow<std::string> ask_too_often(context& ctx, shown&, std::string) {
    std::vector<pending<void>> timers;
    for (std::size_t i = 0; i < most_commands_in_turn; ++i) timers.push_back(ctx.sleep(1h));
    const auto more = co_await ctx.step(echo, std::string("more")).outcome();
    const auto word = co_await ctx.signal<std::string>("word", 1h).outcome();
    co_return fmt::format("{}; {}; {}", more.error().message(), word.error().type(),
                          type_of_telling(ctx, {}));
  }
  static workflow<std::string> ask_for_too_much(context& ctx, shown&, std::string) {
    const std::string large(largest_payload, 'x');
    std::vector<pending<std::string>> all;
    while (all.empty() || !all.back().is_settled()) all.push_back(ctx.step(echo, large));
    const auto last = co_await all.back().outcome();
    co_return fmt::format("{}; {}", all.size() - 1, last.error().message());
  }
  static workflow<std::string> name_too_long(context& ctx, shown&, std::string) {
    const std::string name(longest_id + 1, '#');
    const auto word = co_await ctx.signal<std::string>(name).outcome();
    const auto called =
        co_await ctx
            .call<std::string>({"", "limits.Agent", "echo"}, std::string(), {.workflow_id = name})
            .outcome();
    auto all = word.error().message() + "; " + called.error().message() + "; " +
               told(ctx, name, "word", {});
    for (auto at = all.find(name); at != std::string::npos; at = all.find(name))
      all.replace(at, name.size(), "#");
    co_return all;
  }
  static workflow<std::string> give_too_much(context& ctx, shown&, std::string) {
    const std::string large(largest_payload + 1, 'x');
    const auto given = co_await ctx.step(echo, large).outcome();
    const auto called =
        co_await ctx.call<std::string>({"", "limits.Agent", "echo"}, large).outcome();
    co_return given.error().message() + "; " + called.error().type() + "; " +
        type_of_telling(ctx, large);
  }
  static workflow<std::string> hear_too_much(context& ctx, shown&, std::string) {
    const auto swollen = co_await ctx.step(swell, std::string()).outcome();
    co_return swollen.error().kind() == outcome::too_large ? swollen.error().message() : "?";
  }
  static workflow<std::string> end_with_too_much(context&, shown&, std::string) {
    co_return std::string(largest_payload + 1, 'x');
  }
  static workflow<std::string> write_too_much(context& ctx, shown&, std::string) {
    ctx.log.error("{} 0 {}", mark, std::string(2 * longest_log_line, 'x'));
    for (std::size_t i = 1; i < lines; ++i) ctx.log.info("{} {}", mark, i);
    co_await ctx.sleep(100ms);
    ctx.log.warning("{} later", mark);
    ctx.log.debug("{} last", mark);
    co_await ctx.sleep(100ms);
    co_return "written";
  }

  /// The whole turn would not fit into its record; mended it asks for one after the other.
  workflow<std::string> greedy(context& ctx) {
    const auto& self = ctx.info().workflow_id;
    const auto ask = [&](const char* what) {
      return ctx.step(echo, fmt::format("{} {}#{}", self, what, std::string(7'000, '.')));
    };
    std::string all;
    if (!mended_.contains(self)) {
      ctx.signal_workflow("", self, "word", std::string("from greed"));
      ctx.signal_workflow("", self + "'s other", "word", std::string("from greed"));
      auto called = ctx.call<std::string>({"", agent(), "greedy"}, std::string());
      auto first = ask("greed"), second = ask("greed"), third = ask("greed");
      all += co_await first + co_await second + co_await third;
    }
    for (const auto* each : {"a", "b", "c"}) {
      const auto heard = co_await ask(each);
      all += heard.substr(self.size() + 1, 1);
    }
    const auto word = co_await ctx.signal<std::string>("word", 1ms).outcome();
    co_return word ? *word : all;
  }

  // ---- What misuses what it has ----

  struct wrong {
    std::string_view how, said;  ///< and what is said when it is parked
  };
  static constexpr wrong misuses[] = {
      {"thrown", "std::runtime_error: on purpose"},
      {"number", "int: an exception that is not a std::exception"},
      {"moved", "std::logic_error: co_await of a pending that is empty: it was moved from"},
      {"circle", "the code waits for nothing that can ever come: its coroutines await each other"},
      {"nothing", "std::invalid_argument: any() of nothing would wait for ever"},
      {"unreadable", "perdure::codec_error: the result of step `limits.echo` cannot be read: "},
      {"taken", "std::logic_error: the value of a task was taken before, and it cannot be copied"},
      {"outside", "the context was used outside of the run's activation, or by another thread"},
  };

  static task<void> await_one(std::vector<pending<void>>* of, std::size_t which) {
    co_await (*of)[which];
  }
  static task<std::unique_ptr<int>> make_one() { co_return std::make_unique<int>(1); }

  workflow<std::string> misuse(context& ctx, shown& shows, std::string how) {
    const auto& self = ctx.info().workflow_id;
    const bool well = mended_.contains(self);
    if (how == "unreadable") {  // the turn that asks for it was recorded
      if (well) co_return co_await ctx.step(echo, self + "#");
      co_return std::to_string(co_await ctx.step(number, self + "#"));
    }
    if (how == "outside") {
      if (!well) shows.asked = [&ctx] { ctx.random(); };
      co_return co_await ctx.signal<std::string>("go");
    }
    if (well) co_return "mended";
    if (how == "thrown") throw std::runtime_error("on purpose");
    if (how == "number") throw 42;
    std::vector<pending<void>> all;
    if (how == "moved") {
      all.push_back(ctx.sleep(1h));
      const auto taken = std::move(all.front());
      co_await all.front();
    } else if (how == "circle") {
      all.push_back(ctx.spawn(await_one(&all, 1)));
      all.push_back(ctx.spawn(await_one(&all, 0)));
      co_await all.front();
    } else if (how == "taken") {
      auto one = ctx.spawn(make_one());
      co_await one;
      co_await one;
    } else {
      co_await any(all);
    }
    co_return "?";
  }

  // ---- What their clients hear ----

  void begin() override {
    for (std::size_t i = 0; i < asked_.size(); ++i)
      ask_.add(runtime::seconds(10), play(asks[asked_[i]], i));
    for (std::size_t i = 0; i < misused_.size(); ++i)
      ask_.add(runtime::seconds(10), play(misuses[misused_[i]], i));
  }

  client_script play(const ask& what, std::size_t which) {
    const auto whose = id(what.operation, which);
    auto asked = of(std::string(what.operation), whose);
    if (what.operation == "built") {
      asked.agent = built_agent();
      asked.operation = "run";
    }
    must(co_await ask_.start(asked), whose);
    const auto end = must(co_await ask_.end_of(named(whose)), whose);
    if (what.operation == "result") {
      const auto why = must(runtime::decode_failure(end.body.view()), whose);
      expect(end.status == run_status::failed && why.type == "too_large", whose, to_text(why));
      expect_same(why.message, std::string(what.gives), whose);
    } else {
      expect_same(value_of(end, whose), std::string(what.gives), whose);
    }
    if (what.operation != "greedy") co_return;
    expect(mended_.contains(whose), whose, "was never parked");
    expect(world_.of(whose + " greed").attempts == 0, whose, "did something of a turn too large");
  }

  client_script play(const wrong& what, std::size_t which) {
    const auto whose = id("misuse", which);
    must(co_await ask_.start(of("misuse", whose, std::string(what.how))), whose);
    if (what.how == "outside") {
      auto heard = co_await ask_.query(named(whose), "shown");
      if (!heard) {
        expect(heard.error().message.contains("the context was used outside of its activation"),
               whose, heard.error().message);
      }
      expect(!heard, whose, "gave chance to a query");
      must(co_await ask_.signal(named(whose), "go", whose, "mended"), whose);
    }
    const auto wanted = what.how == "unreadable" ? whose + "#" : std::string("mended");
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), wanted, whose);
    // A frame that is let go takes with it that it was misused.
    expect(what.how == "outside" || mended_.contains(whose), whose, "was never parked");
  }

  void check() const override;

  static constexpr std::string_view mark = "limits writes";
  std::vector<std::size_t> asked_, misused_;  ///< of `asks` and `misuses`
  std::set<std::string> mended_;
  bool is_built_ = false;
  std::map<std::string, std::vector<std::string>> written_;  ///< by run
};

void limits::mend(const runtime::run_summary& parked) {
  const auto& who = parked.workflow_id;
  const auto says = [&](runtime::park_reason reason, std::string_view why) {
    return parked.detail.starts_with(fmt::format("{}: {}", runtime::name(reason), why));
  };
  using enum runtime::park_reason;
  if (says(poison, "")) return workload::mend(parked);
  expect(!mended_.contains(who), who, "is parked again: " + parked.detail);
  if (parked.operation == "greedy") {
    expect(says(limit, "one turn of ") &&
               parked.detail.ends_with(
                   fmt::format(" bytes, the limit is {}: ask for less at a time", record_bytes)),
           who, parked.detail);
  } else if (parked.agent == built_agent()) {
    expect(says(exception,
                "the constructor of the agent's object threw std::runtime_error: not "
                "built"),
           who, parked.detail);
    is_built_ = true;
    return;
  } else {
    expect(parked.operation == "misuse", who, parked.detail);
    const auto which = misused_.at(std::stoul(who.substr(id("misuse", 0).size() - 1)));
    const auto& what = misuses[which];
    // Checked twice, only one of both copies was asked.
    const bool differs = what.how == "outside" && says(nondeterminism, "turn ") &&
                         parked.detail.contains("the code ended as parked, then as completed");
    expect(differs || says(exception, what.said), who, parked.detail);
  }
  mended_.insert(who);
}

void limits::hear(const std::string& line) {
  const auto begin = line.find(mark);
  if (begin != std::string::npos || line.contains("more lines of this turn were dropped"))
    written_[line.substr(0, line.find(": "))].push_back(line.substr(line.find(": ") + 2));
}

/// The lines of a turn are written once, all of them in order, or go with their node. Those of the
/// first may come behind: a node that was frozen reads its own turn back when it wakes up.
void limits::check() const {
  for (const auto& [run, heard] : written_) {
    std::size_t at = 0;
    const auto next = [&](std::string_view wanted) {
      expect(at < heard.size() && heard[at] == wanted, run,
             fmt::format("wrote '{}' as line {}", at < heard.size() ? heard[at] : "", at));
      ++at;
    };
    const auto first_turn = [&next] {
      next(fmt::format("{} 0 {}", mark, std::string(2 * longest_log_line, 'x'))
               .substr(0, longest_log_line));
      for (std::size_t i = 1; i < most_log_lines_in_turn; ++i) next(fmt::format("{} {}", mark, i));
      next(fmt::format("3 more lines of this turn were dropped: it may have {}",
                       most_log_lines_in_turn));
    };
    const auto second_turn = [&next] {
      next(fmt::format("{} later", mark));
      next(fmt::format("{} last", mark));
    };
    const bool first_comes_first = heard.front().contains(" 0 ");
    if (first_comes_first)
      first_turn();
    else
      second_turn();
    if (at == heard.size()) continue;
    if (first_comes_first)
      second_turn();
    else
      first_turn();
    expect(at == heard.size(), run, "wrote lines twice");
  }
}

}  // namespace

std::unique_ptr<workload> make_limits(testing::dice& chance) {
  return std::make_unique<limits>(chance);
}

}  // namespace perdure::sim
