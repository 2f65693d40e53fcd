#include <set>

#include "runtime/author/compensations.hpp"
#include "runtime/failure.hpp"
#include "tests/sim/author_values.hpp"
#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

using namespace std::chrono_literals;
using runtime::control_verb;
using runtime::operation_kind;
using runtime::run_status;

constexpr step<std::string(std::string)> undo{"failures.undo", backoff(10ms)};

/// Text of each length that UTF-8 has, and bytes that are none: cut off, overlong, surrogates,
/// beyond its end.
constexpr const char* odd_text =
    "a \u00e9 \u20ac \U0001d11e \xff \xc0\xaf \xe0\x80\xaf \xed\xa0\x80 \xf0\x80\x80\xaf "
    "\xf4\x90\x80\x80 \xe2\x82";
constexpr const char* clean_text = "a \u00e9 \u20ac \U0001d11e ? ?? ??? ??? ???? ???? ??";

/// An agent that is made of plain functions, and declares more than it has.
class functions final : public agent_handler {
 public:
  explicit functions(const std::set<std::string>& mended) : mended_(mended) {}

  static runtime::agent_description description() {
    const std::string type = "perdure.record.v1.Retry";
    return {"",
            "",
            {{"slow", operation_kind::function, type, type, "slow/{maximum_attempts}"},
             {"absent", operation_kind::function, {}, {}, {}},
             {"gone", operation_kind::workflow, {}, {}, {}},
             {"typed", operation_kind::workflow, type, {}, {}},
             {"unanswered", operation_kind::query, {}, {}, {}}}};
  }

  payload dispatch_function(std::string_view operation, step_context& ctx,
                            const payload& input) override {
    if (operation != "slow") return agent_handler::dispatch_function(operation, ctx, input);
    return encode(slowed(decode<retry>(input), 2.0));
  }
  workflow_body dispatch_workflow(std::string_view operation, context& ctx,
                                  const payload& input) override {
    if (operation == "typed") return take(ctx, decode<retry>(input)).body();
    if (!mended_.contains(ctx.info().workflow_id))
      return agent_handler::dispatch_workflow(operation, ctx, input);
    return wait(ctx).body();
  }

 private:
  static workflow<std::string> wait(context& ctx) {
    co_return co_await ctx.signal<std::string>("go");
  }
  static workflow<std::string> take(context&, retry what) { co_return what.ShortDebugString(); }

  const std::set<std::string>& mended_;  ///< of the world
};

/// Failures on their way to a client: through calls, with what they came from, in texts of any
/// bytes, too long, too deep and too wide; of what an agent declares and does not have. Plain
/// functions that are called durably.
class failures final : public scripted {
 public:
  explicit failures(testing::dice& chance) : scripted("failures") {
    for (std::size_t i = 1 + chance.below(4); i > 0; --i)
      picked_.push_back(chance.below(std::size(plays)));
  }

  void shape(cluster_options& how) override {
    if (how.embedded) how.embedded->make_room(4 * runtime::longest_failure_text);
    if (how.brokers) how.brokers->make_room(whole_bundle);
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(
        to, {{"chain", [this](context& ctx, shown&,
                              std::string depth) { return chain(ctx, agent(), std::stoi(depth)); }},
             {"deep", &fail_deep},
             {"wide", &fail_wide},
             {"undo", &fail_to_undo},
             {"call", [this](context& ctx, shown&, std::string number) {
                return call_function(ctx, function_agent(), std::stoll(number));
              }}});
    to.add_agent<functions>([this] { return std::make_unique<functions>(mended_); },
                            {.name = function_agent(), .build = {}});
    to.add_step(undo, [this](step_context& ctx, const std::string& what) -> std::string {
      world_.write(ctx, what);
      if (what.ends_with("well")) return what;
      throw permanent_error("stuck", what);
    });
  }

  void mend(const runtime::run_summary& parked) override {
    if (parked.operation != "gone" ||
        !parked.detail.starts_with(runtime::name(runtime::park_reason::exception)))
      return workload::mend(parked);
    expect(parked.detail.ends_with("perdure::no_such_operation: there is no operation gone"),
           parked.workflow_id, parked.detail);
    mended_.insert(parked.workflow_id);
  }

 private:
  struct play {
    std::string_view operation;
    client_script (failures::*follow)(std::string whose);
  };

  std::string function_agent() const { return agent() + ".Functions"; }

  static workflow<std::string> chain(context& ctx, std::string agent, int depth) {
    if (depth == 0) throw failure("odd", odd_text).because_of(failure("first", odd_text));
    co_return co_await ctx.call<std::string>({"", agent, "chain"}, std::to_string(depth - 1));
  }
  static workflow<std::string> fail_deep(context&, shown&, std::string) {
    failure all("deep", "0");
    for (int i = 1; i < 30; ++i) all = failure("deep", std::to_string(i)).because_of(all);
    throw failure(all);
    co_return {};
  }
  static workflow<std::string> fail_wide(context&, shown&, std::string) {
    failure all("wide", std::string(2 * runtime::longest_failure_text, 'x'));
    for (int i = 0; i < 12; ++i) all = all.because_of(failure("one", std::to_string(i)));
    if (all.message().empty() || !all.origin().empty() || all.causes().size() != 12)
      throw failure("?", "not what it was made of");
    throw failure(all);
    co_return {};
  }
  static workflow<std::string> fail_to_undo(context& ctx, shown&, std::string) {
    const auto& self = ctx.info().workflow_id;
    compensations undoing(ctx);
    for (const auto* each : {" one", " well", " other"}) undoing.add(undo, self + each);
    if (undoing.size() != 3) co_return "?";
    co_await undoing.run();
    co_return "?";
  }
  static workflow<std::string> call_function(context& ctx, std::string agent, std::int64_t number) {
    const auto slow = co_await ctx.call<retry>({"", agent, "slow"}, retry_of(number));
    co_return slow.ShortDebugString();
  }

  /// Throws violated unless the run has failed.
  failure_info why(const runtime::expected<runtime::run_result>& end,
                   const std::string& whose) const {
    const auto& ended = must(end, whose);
    expect(ended.status == run_status::failed, whose, runtime::name(ended.status));
    return must(runtime::decode_failure(ended.body.view()), whose);
  }
  std::string place_of(const std::string& whose, std::string_view operation) const {
    return fmt::format("{}/{}, workflow {}", agent(), operation, whose);
  }

  client_script run_chain(std::string whose) {
    constexpr int depth = 2;
    must(co_await ask_.start(of("chain", whose, std::to_string(depth))), whose);
    auto link = why(co_await ask_.end_of(named(whose)), whose);
    std::string said = clean_text;
    for (int i = 0; i < depth; ++i)
      said = fmt::format("the call of {}/chain failed: {}", agent(), said);
    expect_same(link.message, said, whose);
    expect(link.origin.starts_with(place_of(whose, "chain")), whose, link.origin);
    for (int i = 0; i <= depth; ++i) {
      expect(link.type == "odd" && link.kind == outcome::failed, whose, to_text(link));
      expect(link.causes.size() == 1, whose, "has lost what it came from");
      link = failure_info(link.causes.front());
    }
    expect(link.type == "first" && link.causes.empty(), whose, to_text(link));
    expect_same(link.message, clean_text, whose);
  }

  client_script run_deep(std::string whose) {
    must(co_await ask_.start(of("deep", whose)), whose);
    auto link = why(co_await ask_.end_of(named(whose)), whose);
    std::size_t depth = 1;
    for (; !link.causes.empty(); ++depth) {
      expect_same(link.message, std::to_string(30 - depth), whose);
      link = failure_info(link.causes.front());
    }
    expect(depth == runtime::deepest_failure_chain, whose, fmt::format("is {} deep", depth));
  }

  client_script run_wide(std::string whose) {
    must(co_await ask_.start(of("wide", whose)), whose);
    const auto info = why(co_await ask_.end_of(named(whose)), whose);
    expect(info.type == "wide" && info.causes.size() == runtime::widest_failure_causes, whose,
           fmt::format("came from {}", info.causes.size()));
    expect_same(info.message, std::string(runtime::longest_failure_text, 'x'), whose);
  }

  client_script run_undo(std::string whose) {
    must(co_await ask_.start(of("undo", whose)), whose);
    const auto info = why(co_await ask_.end_of(named(whose)), whose);
    expect(info.type == "compensation_failed" && info.causes.size() == 2, whose, to_text(info));
    expect_same(info.causes[0].message, whose + " other", whose);
    expect_same(info.causes[1].message, whose + " one", whose);
    expect(info.message.starts_with(fmt::format("stuck: {} other (step `failures.undo`", whose)) &&
               info.message.contains(fmt::format("; stuck: {} one (", whose)),
           whose, info.message);
    for (const auto* each : {" one", " well", " other"})
      expect(world_.of(whose + each).keys.size() == 1, whose + each, "was not undone once");
  }

  /// A function is called by a client, and by a workflow.
  client_script run_functions(std::string whose) {
    const auto wanted = slowed(retry_of(21), 2.0);
    auto what = of("slow", whose, retry_of(21).SerializeAsString());
    what.agent = function_agent();
    must(co_await ask_.start(what), whose);
    const auto end = co_await ask_.end_of(named(whose));
    expect_same(decode<retry>(encode(value_of(end, whose))).ShortDebugString(),
                wanted.ShortDebugString(), whose);
    const auto caller = whose + "'s caller";
    must(co_await ask_.start(of("call", caller, "21")), caller);
    expect_same(value_of(co_await ask_.end_of(named(caller)), caller), wanted.ShortDebugString(),
                caller);
  }

  /// A function that the agent does not have fails again and again, until somebody ends it.
  client_script run_absent(std::string whose) {
    auto what = of("absent", whose);
    what.agent = function_agent();
    must(co_await ask_.start(what), whose);
    for (std::string heard; !heard.contains("there is no operation absent");) {
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
      const auto seen = must(co_await ask_.describe(named(whose)), whose);
      if (!seen.open.empty()) heard = seen.open.front().last_failure;
    }
    must(co_await ask_.control(named(whose), control_verb::terminate, whose + "'s end"), whose);
    const auto end = must(co_await ask_.end_of(named(whose)), whose);
    expect(end.status == run_status::terminated, whose, runtime::name(end.status));
  }

  /// A workflow that the agent does not have is parked, a query is refused.
  client_script run_gone(std::string whose) {
    auto what = of("gone", whose);
    what.agent = function_agent();
    must(co_await ask_.start(what), whose);
    while (!mended_.contains(whose))
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
    constexpr const char* wanted =
        "query `unanswered` threw perdure::no_such_operation: there is no operation unanswered";
    for (std::string said; said != wanted;) {  // it may be parked still, or again
      const auto heard = co_await ask_.query(named(whose), "unanswered");
      expect(!heard, whose, "answered what nobody answers");
      expect(heard.error().code == runtime::errc::failed_state, whose, heard.error().message);
      said = heard.error().message;
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
    }
    must(co_await ask_.signal(named(whose), "go", whose, "gone"), whose);
    expect_same(value_of(co_await ask_.end_of(named(whose)), whose), "gone", whose);
  }

  /// What is no such message fails before any code runs.
  client_script run_typed(std::string whose) {
    auto what = of("typed", whose, "\xFF\xFF");
    what.agent = function_agent();
    must(co_await ask_.start(what), whose);
    const auto info = why(co_await ask_.end_of(named(whose)), whose);
    expect(info.type == "invalid_input" &&
               info.message.starts_with(
                   fmt::format("the input of {}/typed cannot be read: ", function_agent())),
           whose, to_text(info));
  }

  static constexpr play plays[] = {
      {"chain", &failures::run_chain},         {"deep", &failures::run_deep},
      {"wide", &failures::run_wide},           {"undo", &failures::run_undo},
      {"functions", &failures::run_functions}, {"absent", &failures::run_absent},
      {"gone", &failures::run_gone},           {"typed", &failures::run_typed}};

  void begin() override {
    for (std::size_t i = 0; i < picked_.size(); ++i) {
      const auto& play = plays[picked_[i]];
      ask_.add(runtime::seconds(10), (this->*play.follow)(id(play.operation, i)));
    }
  }

  std::vector<std::size_t> picked_;  ///< of `plays`
  std::set<std::string> mended_;
};

}  // namespace

std::unique_ptr<workload> make_failures(testing::dice& chance) {
  return std::make_unique<failures>(chance);
}

}  // namespace perdure::sim
