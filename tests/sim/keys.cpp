#include <algorithm>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using runtime::errc;
using runtime::id_policy;

constexpr step<std::string(std::string)> work{"keys.work"};

/// Starts with the same key again, at the same time and later, with another content, and with each
/// id policy; the same in a namespace that keeps next to nothing.
class keys final : public scripted {
 public:
  explicit keys(testing::dice& chance)
      : scripted("keys"),
        kept_(1 + chance.below(2)),
        brief_(chance.below(8)),
        reused_(chance.below(3)),
        retention_runs_(static_cast<std::uint32_t>(1 + chance.below(3))) {}

  void shape(cluster_options& how) override {
    how.membership.reset();  // its heartbeats would be all that such a long world holds
    how.namespaces.push_back({"brief", 1, {}, 3, retention_runs_});
    how.forgets_keys = true;
    // Late copies of what was forgotten meanwhile.
    if (!how.log.atomic) how.log.copied = std::max(how.log.copied, .1);
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(
        to,
        {{"work", &run}, {"wait", &wait}, {"meet", [this](context& ctx, shown&, std::string whom) {
                                             return meet(ctx, agent(), std::move(whom));
                                           }}});
    to.add_step(work, [this](step_context& ctx, const std::string& what) {
      world_.write(ctx, what);
      return what;
    });
  }

 private:
  static workflow<std::string> run(context& ctx, shown&, std::string what) {
    co_return co_await ctx.step(work, what);
  }
  static workflow<std::string> wait(context& ctx, shown&, std::string) {
    co_return co_await ctx.signal<std::string>("go");
  }

  /// Two calls of one run, and one that is refused; also a signal to a run that is not there.
  static workflow<std::string> meet(context& ctx, std::string agent, std::string whom) {
    const auto call = [&](id_policy policy) {
      return ctx.call<std::string>({"", agent, "wait"}, std::string(),
                                   {.workflow_id = whom, .policy = policy});
    };
    auto first = call(id_policy::attach);
    auto second = call(id_policy::attach);
    const auto third = co_await call(id_policy::reject_running).outcome();
    ctx.signal_workflow("", whom + " who is not there", "go", std::string("nobody"));
    ctx.signal_workflow("", whom, "go", std::string("gone"));
    const auto heard = co_await std::move(first) + co_await std::move(second);
    co_return heard + (third ? *third : std::string(runtime::name(third.error().kind())));
  }

  void begin() override {
    for (std::size_t i = 0; i < kept_; ++i) {
      ask_.add(runtime::seconds(5), closed(i));
      ask_.add(runtime::seconds(5), open(i));
      ask_.add(runtime::seconds(5), called(i));
    }
    for (std::size_t i = 0; i < brief_; ++i) ask_.add(runtime::seconds(10), forgotten(i));
    for (std::size_t i = 0; i < reused_; ++i) ask_.add(runtime::seconds(5), reused(i));
  }

  static bool is(const clients::reply& told, errc code) {
    return !told && told.error().code == code;
  }

  order keyed(const order& what, std::string key, id_policy policy) const {
    auto other = what;
    other.key = std::move(key);
    other.policy = policy;
    return other;
  }

  /// What the keys and the id of a closed run are good for.
  client_script closed(std::size_t number) {
    const auto whose = id("closed", number);
    const auto what = of("work", whose, whose);
    ask_.add(runtime::milliseconds(5), start_beside(what));
    const auto first = must(co_await ask_.start(what), whose);
    runs_[whose].insert(first.run_id);
    auto other = what;
    other.input = "something else";
    expect(is(co_await ask_.start(other), errc::already_exists), whose, "one key, two contents");
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), whose, whose);

    const auto again = must(co_await ask_.start(what), whose);
    expect(again.duplicate && again.run_id == first.run_id, whose, "one key, two runs");
    const auto found = must(co_await ask_.start(keyed(what, "found", id_policy::attach)), whose);
    expect(found.attached && found.run_id == first.run_id, whose, "attached to another run");
    expect(
        is(co_await ask_.start(keyed(what, "ever", id_policy::reject_ever)), errc::already_exists),
        whose, "has a second run, though none was wanted ever");
    expect(world_.of(whose).keys.size() == 1, whose, "worked twice");

    auto next = keyed(what, "next", id_policy::reject_running);
    next.input += " again";
    const auto second = must(co_await ask_.start(next), whose);
    expect(second.run_id != first.run_id, whose, "has no second run");
    expect_same(value_of(co_await ask_.end_of({"team", {}, second.run_id}), whose), next.input,
                whose);
    const auto old = co_await ask_.end_of({"team", {}, first.run_id});
    expect_same(value_of(old, whose), whose, whose);
    expect(runs_[whose].size() == 1, whose, "began twice with one key");
  }

  client_script start_beside(order what) {
    runs_[what.id].insert(must(co_await ask_.start(what), what.id).run_id);
  }

  /// What the id of an open run is good for.
  client_script open(std::size_t number) {
    const auto whose = id("open", number);
    const auto what = of("wait", whose);
    const auto first = must(co_await ask_.start(what), whose);
    for (const auto policy : {id_policy::reject_running, id_policy::reject_ever}) {
      const auto key = fmt::format("policy {}", static_cast<int>(policy));
      expect(is(co_await ask_.start(keyed(what, key, policy)), errc::already_exists), whose,
             "has two open runs");
    }
    const auto found = must(co_await ask_.start(keyed(what, "found", id_policy::attach)), whose);
    expect(found.attached && found.run_id == first.run_id, whose, "attached to another run");
    must(co_await ask_.signal(named(whose), "go", "go", "gone"), whose);
    expect_same(value_of(co_await ask_.end_of({"team", {}, found.run_id}), whose), "gone", whose);
  }

  /// What the id of a called run is good for.
  client_script called(std::size_t number) {
    const auto whose = id("meet", number);
    must(co_await ask_.start(of("meet", whose, id("met", number))), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), "gonegonerejected", whose);
  }

  /// Keys go with their runs, soon: a repeat finds the run, is too late, or is a new request.
  client_script forgotten(std::size_t number) {
    const auto whose = id("brief", number);
    auto what = of("work", whose, whose);
    what.name_space = "brief";
    std::set<std::string> seen;
    for (int i = 0; i < 3; ++i) {
      const auto told = co_await ask_.start(what);
      expect(told || is(told, errc::too_late), whose, told ? "" : told.error().message);
      if (told) {
        const bool known = !seen.insert(told->run_id).second;
        expect(!known || told->duplicate, whose, "one run began twice");
      }
      co_await ask_.wait(runtime::milliseconds(10), runtime::seconds(5));
    }
    ran_[whose] = !seen.empty();
    while (ran_[whose] && world_.of(whose).attempts == 0)
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
  }

  /// An id has a second run, which is open when retention takes the first: it keeps the id.
  client_script reused(std::size_t number) {
    const auto whose = id("reused", number);
    std::string first;
    while (first.empty()) first = run_of(co_await ask_.start(anew("work", whose)), whose);
    std::string second;
    while (second.empty()) {
      co_await ask_.wait(runtime::milliseconds(10), runtime::seconds(1));
      second = run_of(co_await ask_.start(anew("wait", whose)), whose);
    }
    for (std::uint32_t i = 0; i < retention_runs_ + 2; ++i) {
      const auto other = fmt::format("{} and {}", whose, i);
      co_await ask_.start(anew("work", other));
      co_await ask_.wait({}, runtime::milliseconds(500));
    }
    std::string told;
    while (told.empty()) told = run_of(co_await tell(whose, "a word"), whose);
    expect_same(told, second, whose);
    for (told.clear(); told.empty();) {
      const auto end = co_await tell(whose, "go");
      if (is(end, errc::not_found) || is(end, errc::failed_state)) break;  // of the time before
      told = run_of(end, whose);
    }
  }

  awaited<clients::reply> tell(const std::string& whose, std::string name) {
    auto key = fmt::format("{} {}", name, ++asked_);
    return ask_.signal(named(whose, "brief"), std::move(name), std::move(key), {});
  }
  /// A start that no other has the key of.
  order anew(const std::string& operation, const std::string& whose) {
    auto request = of(operation, whose, whose);
    request.key = fmt::format("{} {}", operation, ++asked_);
    request.name_space = "brief";
    return request;
  }
  /// Empty: it was too late, or the run before is still open.
  std::string run_of(const clients::reply& told, const std::string& whose) const {
    const bool again = is(told, errc::too_late) || is(told, errc::already_exists);
    return again ? std::string() : must(told, whose).run_id;
  }

  void check() const override {
    for (const auto& [whose, ran] : ran_)
      expect(!ran || world_.of(whose).attempts > 0, whose, "did not work");
  }

  const std::size_t kept_, brief_, reused_;
  const std::uint32_t retention_runs_;
  std::map<std::string, std::set<std::string>> runs_;  ///< of one key
  std::map<std::string, bool> ran_;
  std::uint64_t asked_ = 0;  ///< with keys of their own
};

}  // namespace

std::unique_ptr<workload> make_keys(testing::dice& chance) {
  return std::make_unique<keys>(chance);
}

}  // namespace perdure::sim
