#include "tests/kill_node/cells.hpp"

#include <iterator>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "tests/kill_node/effect.hpp"

namespace perdure::testing {
namespace {

std::vector<std::string> words_of(const std::string& input) {
  std::istringstream in(input);
  return {std::istream_iterator<std::string>(in), {}};
}

struct command {
  explicit command(const std::string& text) {
    std::istringstream in(text);
    in >> ticket >> teller >> verb >> number;
  }
  std::string ticket, teller, verb;
  std::int64_t number = 0;
};

void carry_out(const command& what, std::int64_t& number) {
  if (what.verb == "add") number += what.number;
  if (what.verb == "set") number = what.number;
}

void tell(context& ctx, const command& what, std::int64_t number) {
  if (what.teller != "-")
    ctx.signal_workflow("legal", what.teller, "answer", fmt::to_string(number));
}

workflow<std::string> register_cell(context& ctx, script_run& run, std::string input) {
  std::int64_t number = 0;
  std::string done;
  run.shown = "0";
  for (auto left = std::stoi(input); left > 0; --left) {
    const command next(co_await ctx.signal<std::string>("do"));
    carry_out(next, number);
    run.shown = fmt::to_string(number);
    tell(ctx, next, number);
    done += fmt::format("{}={} ", next.ticket, number);
  }
  co_return done;
}

workflow<std::string> account_cell(context& ctx, script_run&, std::string input) {
  const auto words = words_of(input);
  std::int64_t number = 0;
  std::string done;
  for (auto left = std::stoi(words[0]); left > 0; --left) {
    const command next(co_await ctx.signal<std::string>("do"));
    co_await ctx.step(effect, fmt::format("{}/{}", words[1], next.ticket));
    carry_out(next, number);
    tell(ctx, next, number);
    done += fmt::format("{}={} ", next.ticket, number);
  }
  co_return done;
}

workflow<std::string> asker(context& ctx, script_run&, std::string input) {
  const auto words = words_of(input);
  ctx.signal_workflow("team", words[1], "do",
                      fmt::format("{} {} {} {}", words[2], words[0], words[3], words[4]));
  co_return co_await ctx.signal<std::string>("answer");
}

workflow<std::string> relay(context& ctx, script_run&, std::string input) {
  const auto id = words_of(input)[0];
  const auto inner = id + ".0" + input.substr(id.size());
  co_return co_await call_script(ctx, "legal", "asker", inner, {.workflow_id = id + ".0"});
}

}  // namespace

std::map<std::string, script_code> cell_operations() {
  return {{"register", &register_cell},
          {"account", &account_cell},
          {"asker", &asker},
          {"relay", &relay}};
}

}  // namespace perdure::testing
