#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

constexpr std::string_view open_space = "other", closed_space = "closed";

/// Calls back and forth between two namespaces, to a depth, and one to a third that refuses.
class ping_pong final : public scripted {
 public:
  explicit ping_pong(testing::dice& chance) : scripted("ping_pong") {
    for (std::size_t i = 1 + chance.below(3); i > 0; --i)
      games_.push_back(static_cast<int>(chance.below(6)));
  }

  void shape(cluster_options& how) override {
    for (auto& space : how.namespaces) {
      if (space.name == "team") space.callers.emplace_back(open_space);
    }
    how.namespaces.push_back({std::string(open_space), 2, {"team"}, 3'600, 1'000});
    how.namespaces.push_back({std::string(closed_space), 1, {}, 3'600, 1'000});
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(to, {{"play", [this](context& ctx, shown&, std::string depth) {
                        return play(ctx, agent(), std::stoi(depth));
                      }}});
  }

 private:
  static workflow<std::string> play(context& ctx, std::string agent, int depth) {
    const auto& self = ctx.info().name_space;
    if (self == closed_space) co_return "let in";
    if (depth == 0) {
      // Also a call that nobody lets in is answered.
      const auto denied =
          co_await ctx.call<std::string>({closed_space, agent, "play"}, std::string("0")).outcome();
      co_return denied ? *denied : fmt::format("{}", runtime::name(denied.error().kind()));
    }
    const std::string_view there = self == "team" ? open_space : "team";
    call_options how;
    if (depth % 2 == 0) how.workflow_id = ctx.info().workflow_id + "'s";
    const auto heard = co_await ctx.call<std::string>({there, agent, "play"},
                                                      std::to_string(depth - 1), std::move(how));
    co_return fmt::format("{}<{}>", self, heard);
  }

  void begin() override {
    for (std::size_t i = 0; i < games_.size(); ++i) ask_.add(runtime::seconds(10), one(i));
  }

  client_script one(std::size_t number) {
    const auto game = id("game", number);
    must(co_await ask_.start(of("play", game, std::to_string(games_[number]))), game);
    heard_[number] = value_of(co_await ask_.end_of(named(game)), game);
  }

  void check() const override {
    for (const auto& [number, heard] : heard_) {
      std::string wanted = "denied";
      for (int left = 1; left <= games_[number]; ++left) {
        const bool at_home = (games_[number] - left) % 2 == 0;
        wanted = fmt::format("{}<{}>", at_home ? "team" : open_space, wanted);
      }
      expect_same(heard, wanted, id("game", number));
    }
  }

  std::vector<int> games_;  ///< their depths
  std::map<std::size_t, std::string> heard_;
};

}  // namespace

std::unique_ptr<workload> make_ping_pong(testing::dice& chance) {
  return std::make_unique<ping_pong>(chance);
}

}  // namespace perdure::sim
