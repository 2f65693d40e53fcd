#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "bench/measured_node.hpp"
#include "runtime/author/agent.hpp"
namespace perdure::bench {
inline constexpr step<std::string(std::string)> echo{"echo"};
struct stepper final : agent_handler {
  static runtime::agent_description description() {
    return {"bench.Stepper", "", {{"Ten", runtime::operation_kind::workflow, "", "", ""}}};
  }
  workflow_body dispatch_workflow(std::string_view, context& ctx, const payload&) override {
    return ten(ctx).body();
  }
  workflow<std::string> ten(context& ctx) {
    std::string last(120, 'x');
    for (int i = 0; i < 10; ++i) last = co_await ctx.step(echo, last);
    co_return last;
  }
};
}  // namespace perdure::bench
int main(int argc, char** argv) {
  using namespace perdure;
  registry offered("bench");
  offered.add_agent<bench::stepper>();
  offered.add_step(bench::echo, [](std::string in) { return in; });
  for (std::size_t in_flight : {1, 16, 64, 256}) {
    if (argc > 1 && std::atoi(argv[1]) != (int)in_flight) continue;
    bench::measured_node node(offered, 4);
    std::size_t total = in_flight == 1 ? 500 : in_flight * 400;
    auto s = bench::run_many(node.client(), "bench.Stepper", "Ten", in_flight, total);
    fmt::print("in flight {}: {} runs in {:.3f} s: {:.0f} steps/s, {:.3f} ms a step\n", in_flight,
               total, s, total * 10 / s, s * 1000 * in_flight / total / 10);
  }
}
