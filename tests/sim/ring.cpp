#include <algorithm>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

std::string sorted(std::vector<std::string> words) {
  std::ranges::sort(words);
  return fmt::format("{}", fmt::join(words, " "));
}

/// "token:hops left"
std::pair<std::string, int> parse(const std::string& token) {
  const auto colon = token.find(':');
  return {token.substr(0, colon), std::stoi(token.substr(colon + 1))};
}

/// Tokens go round a ring of workflows by signals, across partitions, and rest at a goal. In the
/// end each is there once, and each station has seen it as often as its way leads past.
class ring final : public scripted {
 public:
  explicit ring(testing::dice& chance) : scripted("ring"), stations_(2 + chance.below(4)) {
    for (std::size_t i = 1 + chance.below(4); i > 0; --i)
      tokens_.push_back({chance.below(stations_), static_cast<int>(chance.below(8))});
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to, {{"station",
                      [this](context& ctx, shown&, std::string next) {
                        return station(ctx, std::move(next), id("goal", 0));
                      }},
                     {"goal", &goal}});
  }

 private:
  struct token {
    std::size_t first;  ///< station
    int hops;           ///< from there
  };

  static workflow<std::string> station(context& ctx, std::string next, std::string goal) {
    std::vector<std::string> seen;
    for (;;) {
      const auto came = co_await ctx.signal<std::string>("token");
      if (came == "close") break;
      seen.push_back(came);
      const auto [name, hops] = parse(came);
      if (hops == 0)
        ctx.signal_workflow("", goal, "token", name);
      else
        ctx.signal_workflow("", next, "token", fmt::format("{}:{}", name, hops - 1));
    }
    co_return sorted(seen);
  }

  static workflow<std::string> goal(context& ctx, shown&, std::string count) {
    std::vector<std::string> here;
    while (here.size() < std::stoul(count))
      here.push_back(co_await ctx.signal<std::string>("token"));
    co_return sorted(here);
  }

  void begin() override { ask_.add(runtime::seconds(2), play()); }

  client_script play() {
    must(co_await ask_.start(of("goal", id("goal", 0), std::to_string(tokens_.size()))), "goal");
    for (std::size_t i = 0; i < stations_; ++i) {
      const auto next = id("station", (i + 1) % stations_);
      must(co_await ask_.start(of("station", id("station", i), next)), "station");
    }
    for (std::size_t i = 0; i < tokens_.size(); ++i) ask_.add(runtime::seconds(5), put(i));
    goal_ = value_of(co_await ask_.end_of(named(id("goal", 0))), "goal");
    for (std::size_t i = 0; i < stations_; ++i) {
      const auto whose = id("station", i);
      must(co_await ask_.signal(named(whose), "token", "close", "close"), whose);
      seen_[i] = value_of(co_await ask_.end_of(named(whose)), whose);
    }
  }

  client_script put(std::size_t which) {
    const auto& token = tokens_[which];
    must(co_await ask_.signal(named(id("station", token.first)), "token", id("put", which),
                              fmt::format("t{}:{}", which, token.hops)),
         "token");
  }

  void check() const override {
    std::vector<std::string> all;
    std::map<std::size_t, std::vector<std::string>> passes;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      all.push_back(fmt::format("t{}", i));
      auto at = tokens_[i].first;
      for (int hops = tokens_[i].hops; hops >= 0; --hops, at = (at + 1) % stations_)
        passes[at].push_back(fmt::format("t{}:{}", i, hops));
    }
    expect_same(goal_, sorted(all), "the goal");
    for (const auto& [at, seen] : seen_) expect_same(seen, sorted(passes[at]), id("station", at));
  }

  const std::size_t stations_;
  std::vector<token> tokens_;
  std::string goal_;
  std::map<std::size_t, std::string> seen_;
};

}  // namespace

std::unique_ptr<workload> make_ring(testing::dice& chance) {
  return std::make_unique<ring>(chance);
}

}  // namespace perdure::sim
