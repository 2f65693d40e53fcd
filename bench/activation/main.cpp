// What one activation costs in the coroutine host, alone on one thread: a step's result goes in,
// the next step's command comes out. CPU time, because the machine is shared.

#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

#include "runtime/author/agent.hpp"
#include "runtime/author/coroutine_host.hpp"

namespace perdure::bench {
namespace {

inline constexpr step<std::string(std::string)> echo{"echo"};
constexpr int steps_in_run = 10;

struct stepper final : agent_handler {
  static runtime::agent_description description() {
    return {"bench.Stepper", "", {{"Ten", runtime::operation_kind::workflow, "", "", ""}}};
  }
  workflow<std::string> ten(context& ctx, std::string text) {
    for (int i = 0; i < steps_in_run; ++i) {
      text = co_await ctx.step(echo, text);
    }
    co_return text;
  }
  workflow_body dispatch_workflow(std::string_view, context& ctx, const payload& input) override {
    return ten(ctx, decode<std::string>(input)).body();
  }
};

void run_once(coroutine_host& host, const payload& text) {
  const auto run =
      host.open({"run-1", "space", "workflow-1", "bench.Stepper", "Ten", "", {}, 7}).value();
  runtime::activation work;
  work.data.emplace_back().body = text;
  auto& item = work.data.front();
  for (std::uint32_t turn = 1;; ++turn) {
    work.seq = runtime::turn_seq(turn);
    const auto result = run->activate(work);
    if (result.status != runtime::run_status::open) {
      return;
    }
    work.before = result.after;
    item.kind = runtime::item_kind::step_result;
    item.thing = runtime::thing_number(turn);
  }
}

}  // namespace
}  // namespace perdure::bench

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 200'000;
  perdure::registry offered("bench");
  offered.add_agent<perdure::bench::stepper>();
  perdure::coroutine_host host(offered);
  const perdure::payload text(std::string(120, 'x'));
  const auto began = std::clock();
  for (int i = 0; i < runs; ++i) {
    perdure::bench::run_once(host, text);
  }
  const double ns = static_cast<double>(std::clock() - began) * 1e9 / CLOCKS_PER_SEC / runs;
  fmt::print("{:.0f} ns of CPU a run of {} steps, {:.0f} ns an activation\n", ns,
             perdure::bench::steps_in_run, ns / (perdure::bench::steps_in_run + 1));
}
