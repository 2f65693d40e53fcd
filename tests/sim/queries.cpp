#include <algorithm>

#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

/// Clients send words to a run that shows them, and ask it: whatever was acknowledged before to
/// anybody must be there, though the run's code is not in memory most of the time.
class queries final : public scripted {
 public:
  explicit queries(testing::dice& chance)
      : scripted("queries"),
        clients_(1 + chance.below(4)),
        words_(1 + chance.below(8)),
        moves_(chance.happens(.5) ? chance.below(4) : 0),
        late_(chance.happens(.6)) {}

  void shape(cluster_options& how) override {
    how.node.owner.resident_runs = 0;
    how.node.owner.idle = runtime::milliseconds(1);
    if (!late_ || how.log.atomic) return;
    // Nobody tells who owned the board that another does, and it reads late.
    how.nodes = std::max(how.nodes, 2U);
    how.node.want = actors::partition_want::no;
    how.view_late = runtime::seconds(8);
    how.move_chance = .01;
    how.log.read_jitter = runtime::milliseconds(1'500);
  }
  void offer(registry& to, std::uint32_t) override { offer_agent(to, {{"show", &show}}); }

 private:
  static workflow<std::string> show(context& ctx, shown& shows, std::string) {
    for (;;) {
      const auto word = co_await ctx.signal<std::string>("word");
      if (word == "stop") co_return shows.shown;
      shows.shown += word + ";";
    }
  }

  std::string board() const { return id("board", 0); }

  void begin() override { ask_.add(runtime::seconds(2), play()); }

  client_script play() {
    must(co_await ask_.start(of("show", board())), board());
    for (std::size_t i = 0; i < clients_; ++i) ask_.add(runtime::milliseconds(100), write(i));
    ask_.add({}, move());
    while (ended_ < clients_) co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
    must(co_await ask_.signal(named(board()), "word", "stop", "stop"), board());
    has_all(value_of(co_await ask_.end_of(named(board())), board()), acknowledged_, "in the end");
  }

  /// Whoever was asked hands the board over.
  client_script move() {
    for (std::size_t i = 0; i < moves_ && ended_ < clients_; ++i) {
      co_await ask_.wait({}, runtime::milliseconds(200));
      ask_.on().restart_all();
      co_await ask_.wait(runtime::seconds(1), runtime::seconds(5));
    }
  }

  client_script write(std::size_t client) {
    for (std::size_t i = 0; i < words_; ++i) {
      const auto word = fmt::format("{}.{}", client, i);
      must(co_await ask_.signal(named(board()), "word", word, word), word);
      acknowledged_.push_back(word);
      const auto known = acknowledged_;
      auto seen = co_await ask_.query(named(board()), "shown");
      while (!seen && seen.error().code == runtime::errc::failed_state) {  // parked, for a while
        co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(2));
        seen = co_await ask_.query(named(board()), "shown");
      }
      has_all(must(seen, word), known, word);
      if (late_) co_await ask_.wait({}, runtime::seconds(2));
    }
    ++ended_;
  }

  void has_all(const std::string& seen, const std::vector<std::string>& known,
               const std::string& who) const {
    for (const auto& word : known)
      expect((";" + seen).contains(fmt::format(";{};", word)), who,
             fmt::format("{} was acknowledged and is not in {}", word, seen));
  }

  const std::size_t clients_, words_, moves_;
  const bool late_;  ///< nodes hear late of each other
  std::size_t ended_ = 0;
  std::vector<std::string> acknowledged_;
};

}  // namespace

std::unique_ptr<workload> make_queries(testing::dice& chance) {
  return std::make_unique<queries>(chance);
}

}  // namespace perdure::sim
