#include "bench/agents.hpp"

namespace perdure::bench {
namespace {

constexpr std::size_t result_bytes = 120;
constexpr step<std::string(std::string)> work{"work"};

class bench_agent final : public agent_handler {
 public:
  static runtime::agent_description description() {
    using enum runtime::operation_kind;
    return {std::string(agent_name),
            "bench",
            {{"Ten", workflow, "", "", ""},
             {"Hundred", workflow, "", "", ""},
             {"Fan", workflow, "", "", ""},
             {"Calls", workflow, "", "", ""},
             {"HundredCalls", workflow, "", "", ""},
             {"Echo", workflow, "", "", ""},
             {"Park", workflow, "", "", ""},
             {"Tick", workflow, "", "", ""}}};
  }

  workflow_body dispatch_workflow(std::string_view operation, context& ctx,
                                  const payload& input) override {
    if (operation == "Ten") return steps(ctx, 10).body();
    if (operation == "Hundred") return steps(ctx, 100).body();
    if (operation == "Fan") return fan(ctx).body();
    if (operation == "Calls") return calls(ctx, 10).body();
    if (operation == "HundredCalls") return calls(ctx, 100).body();
    if (operation == "Echo") return echo(ctx, std::string(input.view())).body();
    if (operation == "Park") return park(ctx).body();
    if (operation == "Tick") return tick(ctx).body();
    throw no_such_operation(operation);
  }

 private:
  static perdure::workflow<std::string> steps(context& ctx, int count) {
    std::string last(result_bytes, 'x');
    for (int i = 0; i < count; ++i) last = co_await ctx.step(work, last);
    co_return last;
  }

  static perdure::workflow<std::string> fan(context& ctx) {
    std::vector<pending<std::string>> all;
    for (int i = 0; i < 100; ++i) all.push_back(ctx.step(work, std::string(result_bytes, 'x')));
    const auto results = co_await perdure::all(all);
    co_return results.back();
  }

  static perdure::workflow<std::string> calls(context& ctx, int count) {
    std::string last(result_bytes, 'x');
    for (int i = 0; i < count; ++i)
      last = co_await ctx.call<std::string>({"other", agent_name, "Echo"}, last);
    co_return last;
  }

  static perdure::workflow<std::string> echo(context&, std::string input) { co_return input; }

  static perdure::workflow<std::string> park(context& ctx) {
    const auto word = co_await ctx.signal<std::string>("wake");
    co_return word;
  }

  static perdure::workflow<std::string> tick(context& ctx) {
    for (int i = 0; i < 100; ++i) co_await ctx.sleep(std::chrono::milliseconds(10));
    co_return "";
  }
};

}  // namespace

void register_bench_agents(registry& offered) {
  offered.add_agent<bench_agent>();
  offered.add_step(work, [](std::string input) { return input; });
}

}  // namespace perdure::bench
