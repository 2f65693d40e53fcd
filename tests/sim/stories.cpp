#include "tests/sim/stories.hpp"

#include "tests/world/script.hpp"

namespace perdure::sim {
namespace {

using testing::call_script;
using testing::script_run;

inline constexpr step<std::string(std::string)> work{"work"};

workflow<std::string> one_step(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(work, input);
}

workflow<std::string> story(context& ctx, script_run&, std::string input) {
  auto first = ctx.step(work, input + "a");
  auto second = ctx.step(work, input + "b");
  auto all = co_await std::move(first) + co_await std::move(second);
  co_await ctx.sleep(std::chrono::seconds(2));
  all += co_await call_script(ctx, "", "one_step", input + "c", {.workflow_id = input + "'s"});
  all += co_await ctx.signal<std::string>("word");
  co_return all + (ctx.random() == 0 ? "?" : "");
}

}  // namespace

void stories::offer(registry& to, std::uint32_t) {
  testing::add_script(to, {{"one_step", &one_step}, {"story", &story}});
  to.add_step(work, [](const std::string& in) { return "<" + in + ">"; });
}

void stories::begin(cluster& on) {
  cluster_ = &on;
  auto& in = on.in();
  for (int run = 0; run < count_; ++run) {
    in.in(runtime::milliseconds(in.load.between(0, 10'000)), nullptr, [this, run] { start(run); });
  }
}

void stories::start(int run) {
  cluster_->ask<runtime::start_reply>(
      "start of " + id_of(run),
      [run](runtime::client& through, auto reply) {
        runtime::start_request request;
        request.name_space = "team";
        request.agent = "test.Agent";
        request.operation = "story";
        request.workflow_id = request.request_key = id_of(run);
        request.input = encode(id_of(run));
        through.start(std::move(request), std::move(reply));
      },
      [this, run](const auto& started) {
        must(started, id_of(run));
        signal(run);
      });
}

void stories::signal(int run) {
  cluster_->ask<runtime::start_reply>(
      "signal to " + id_of(run),
      [run](runtime::client& through, auto reply) {
        through.signal({{"team", id_of(run), {}}, "word", id_of(run), encode(std::string("!"))},
                       std::move(reply));
      },
      [this, run](const auto& signalled) {
        must(signalled, id_of(run));
        await(run);
      });
}

void stories::await(int run) {
  cluster_->ask<runtime::run_result>(
      "result of " + id_of(run),
      [run](runtime::client& through, auto reply) {
        through.result({"team", id_of(run), {}}, longest_poll, std::move(reply));
      },
      [this, run](const auto& result) {
        const auto& ended = must(result, id_of(run));
        if (!runtime::is_closed(ended.status)) return await(run);  // the wait ran out
        if (ended.status != runtime::run_status::completed)
          throw violated(fmt::format("{} is {}", id_of(run), runtime::name(ended.status)));
        results_[run] = decode<std::string>(ended.body);
      });
}

void stories::check() const {
  for (const auto& [run, result] : results_) {
    const auto wanted = fmt::format("<{0}a><{0}b><{0}c>!", id_of(run));
    if (result != wanted)
      throw violated(fmt::format("{} gave {}, not {}", id_of(run), result, wanted));
  }
}

}  // namespace perdure::sim
