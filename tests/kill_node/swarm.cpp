#include "tests/kill_node/swarm.hpp"

#include <csignal>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "tests/kill_node/cells.hpp"
#include "tests/kill_node/effect.hpp"
#include "tests/kill_node/effect_ledger.hpp"
#include "tests/world/script.hpp"

namespace perdure::testing {
namespace {

using namespace std::chrono_literals;

inline constexpr step<std::string(std::string)> payment{"payment", at_most_once};
/// Ends the process, or never ends, unless the file exists that PERDURE_MENDED names.
inline constexpr step<std::string(std::string)> crash_in_step{"crash_in_step"};

/// Takes no notice of its cancellation, and never ends either.
inline constexpr step<std::string(std::string)> hang{"hang"};

bool is_mended() {
  const char* const path = std::getenv("PERDURE_MENDED");
  return path != nullptr && ::access(path, F_OK) == 0;
}

void work_for(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);  // style: allow(sleep) so that kills meet it at work
}

std::vector<std::string> words_of(const std::string& input) {
  std::istringstream in(input);
  return {std::istream_iterator<std::string>(in), {}};
}

/// "label count": effects label/0, label/1… one behind the other; gives their nonces.
workflow<std::string> chain(context& ctx, script_run& run, std::string input) {
  const auto words = words_of(input);
  for (int i = 0; i < std::stoi(words[1]); ++i)
    run.shown += co_await ctx.step(effect, fmt::format("{}/{}", words[0], i)) + " ";
  co_return run.shown;
}

/// "label count": as chain, but all at once, five at a time.
workflow<std::string> fan(context& ctx, script_run&, std::string input) {
  const auto words = words_of(input);
  std::vector<std::string> labels;
  for (int i = 0; i < std::stoi(words[1]); ++i) labels.push_back(fmt::format("{}/{}", words[0], i));
  const auto nonces = co_await ctx.for_each(
      labels, 5, [](context& c, std::string label) { return c.step(effect, label); });
  co_return fmt::format("{}", fmt::join(nonces, " "));
}

/// "count": that many signals `item`, in the order in which they came.
workflow<std::string> collect(context& ctx, script_run& run, std::string input) {
  for (int i = 0; i < std::stoi(input); ++i)
    run.shown += co_await ctx.signal<std::string>("item") + " ";
  co_return run.shown;
}

/// "label count": calls chains label.0, label.1…, in the own namespace and in "legal" by turns,
/// three at a time; gives what they gave.
workflow<std::string> caller(context& ctx, script_run&, std::string input) {
  const auto words = words_of(input);
  std::vector<int> numbers(static_cast<std::size_t>(std::stoi(words[1])));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i);
  const auto all = co_await ctx.for_each(numbers, 3, [label = words[0]](context& c, int i) {
    const auto id = fmt::format("{}.{}", label, i);
    return call_script(c, i % 2 == 0 ? "" : "legal", "chain", id + " 2", {.workflow_id = id});
  });
  co_return fmt::format("{}", fmt::join(all, ""));
}

/// "label": sleeps, has an effect, sleeps.
workflow<std::string> sleeper(context& ctx, script_run&, std::string input) {
  co_await ctx.sleep(std::chrono::milliseconds(ctx.random() % 300));
  auto nonce = co_await ctx.step(effect, input + "/0");
  co_await ctx.sleep(std::chrono::milliseconds(ctx.random() % 100));
  co_return nonce;
}

/// "label": an effect that must not happen twice; "unknown" if nobody can say whether it did.
workflow<std::string> payer(context& ctx, script_run&, std::string input) {
  auto paid = co_await ctx.step(payment, input + "/0").outcome();
  if (paid) co_return *paid;
  co_return std::string(name(paid.error().kind()));
}

/// "label": waits for ever; cancelled, it has an effect before it ends.
workflow<std::string> cancelled(context& ctx, script_run&, std::string input) {
  auto word = co_await ctx.signal<std::string>("never").outcome();
  if (word) co_return *word;
  co_return co_await ctx.shielded([](context& c, std::string label) -> task<std::string> {
    co_return co_await c.step(effect, label);
  }(ctx, input + "/0"));
}

/// "label namespace target count": sends label:0, label:1… as signals, with effects between.
workflow<std::string> teller(context& ctx, script_run&, std::string input) {
  const auto words = words_of(input);
  std::string nonces;
  for (int i = 0; i < std::stoi(words[3]); ++i) {
    ctx.signal_workflow(words[1], words[2], "item", fmt::format("{}:{}", words[0], i));
    nonces += co_await ctx.step(effect, fmt::format("{}/{}", words[0], i)) + " ";
  }
  co_return nonces;
}

/// Asks namespace "legal" one question that many ask: one run answers all.
workflow<std::string> asks(context& ctx, script_run&, std::string input) {
  co_return co_await call_script(ctx, "legal", "chain", "question-" + input + " 1",
                                 {.workflow_id = "question-" + input, .policy = id_policy::attach});
}

/// Poison: ends the process by a fault in its code.
workflow<std::string> faults(context& ctx, script_run&, std::string input) {
  co_await ctx.step(effect, input + "/0");
  if (!is_mended()) std::raise(SIGSEGV);
  co_return "mended";
}

/// "label": calls such a run, label.0.
workflow<std::string> calls_faults(context& ctx, script_run&, std::string input) {
  const auto id = input + ".0";
  co_return co_await call_script(ctx, "", "faults", id, {.workflow_id = id});
}

workflow<std::string> faults_in_a_step(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(crash_in_step, input);
}

workflow<std::string> hangs_in_a_step(context& ctx, script_run&, std::string input) {
  co_return co_await ctx.step(hang, input);
}

/// Poison: never comes back.
workflow<std::string> loops(context& ctx, script_run&, std::string input) {
  co_await ctx.step(effect, input + "/0");
  for (volatile bool ever = !is_mended(); ever;) continue;  // else the compiler drops it
  co_return "mended";
}

}  // namespace

void register_swarm(registry& offered) {
  const char* const path = std::getenv("PERDURE_LEDGER");
  if (path == nullptr) throw std::runtime_error("PERDURE_LEDGER must name the ledger");
  const auto ledger = std::make_shared<effect_ledger>(path);
  std::map<std::string, script_code> operations{{"chain", &chain},
                                                {"fan", &fan},
                                                {"collect", &collect},
                                                {"caller", &caller},
                                                {"sleeper", &sleeper},
                                                {"payer", &payer},
                                                {"cancelled", &cancelled},
                                                {"teller", &teller},
                                                {"asks", &asks},
                                                {"faults", &faults},
                                                {"calls_faults", &calls_faults},
                                                {"faults_in_a_step", &faults_in_a_step},
                                                {"hangs_in_a_step", &hangs_in_a_step},
                                                {"loops", &loops}};
  operations.merge(cell_operations());
  add_script(offered, operations);
  const auto perform = [ledger](std::string_view sort, const step_context& ctx,
                                const std::string& label) {
    const auto pause = std::hash<std::string>{}(label) % 8;  // some take a while before, some after
    work_for(std::chrono::milliseconds(pause < 4 ? pause : 0));
    auto nonce = ledger->add(sort, ctx, label);
    work_for(std::chrono::milliseconds(pause < 4 ? 0 : pause - 4));
    return nonce;
  };
  offered.add_step(effect, [perform](step_context& ctx, const std::string& label) {
    return perform("effect", ctx, label);
  });
  offered.add_step(payment, [perform](step_context& ctx, const std::string& label) {
    return perform("payment", ctx, label);
  });
  offered.add_step(crash_in_step, [](step_context&, const std::string&) -> std::string {
    if (!is_mended()) std::raise(SIGSEGV);
    return "mended";
  });
  offered.add_step(hang, [](step_context&, const std::string&) -> std::string {
    while (!is_mended()) work_for(10ms);
    return "mended";
  });
}

}  // namespace perdure::testing
