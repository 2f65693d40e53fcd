#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

/// Clients send one workflow words, each the next when the one before was acknowledged, and each
/// word again and again with its key, through any node. Then the same id has another run, and words
/// to the first one do not reach it.
class signals final : public scripted {
 public:
  explicit signals(testing::dice& chance) : scripted("signals") {
    for (std::size_t i = 1 + chance.below(3); i > 0; --i) words_.push_back(1 + chance.below(5));
  }

  void offer(registry& to, std::uint32_t) override { offer_agent(to, {{"collect", &collect}}); }

 private:
  static workflow<std::string> collect(context& ctx, shown&, std::string) {
    std::string all;
    for (;;) {
      const auto word = co_await ctx.signal<std::string>("word");
      if (word == "stop") co_return all;
      all += word + ";";
    }
  }

  std::string box() const { return id("box", 0); }

  void begin() override { ask_.add(runtime::seconds(2), play()); }

  client_script play() {
    const auto first = must(co_await ask_.start(of("collect", box())), box());
    for (std::size_t i = 0; i < words_.size(); ++i) ask_.add(runtime::seconds(3), send(i));
    while (senders_ < words_.size())
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
    must(co_await ask_.signal(named(box()), "word", "stop", "stop"), box());
    heard_ = value_of(co_await ask_.end_of(named(box())), box());

    auto again = of("collect", box());
    again.key = "again";
    const auto second = must(co_await ask_.start(again), box());
    expect(second.run_id != first.run_id, box(), "has one run of two starts");
    const auto lost =
        co_await ask_.signal({"team", box(), first.run_id}, "word", "to the first", "lost");
    expect(!lost && lost.error().code == runtime::errc::failed_state, box(),
           "takes a signal to its previous run");
    must(co_await ask_.signal({"team", box(), second.run_id}, "word", "to the second", "found"),
         box());
    must(co_await ask_.signal(named(box()), "word", "stop again", "stop"), box());
    expect_same(value_of(co_await ask_.end_of(named(box())), box()), "found;", box());
  }

  client_script send(std::size_t client) {
    for (std::size_t i = 0; i < words_[client]; ++i) {
      const auto word = word_of(client, i);
      if (ask_.chance().happens(.3)) ask_.add({}, repeat(word, false));  // beside it
      must(co_await ask_.signal(named(box()), "word", word, word), word);
      if (ask_.chance().happens(.3)) ask_.add(runtime::seconds(20), repeat(word, true));
      if (!ask_.chance().happens(.1)) continue;
      const auto other = co_await ask_.signal(named(box()), "word", word, "another");
      expect(!other && other.error().code == runtime::errc::already_exists, word,
             "is taken again with another content");
    }
    ++senders_;
  }

  client_script repeat(std::string word, bool acknowledged) {
    const auto again = must(co_await ask_.signal(named(box()), "word", word, word), word);
    expect(again.duplicate || !acknowledged, word, "is taken again after it was acknowledged");
  }

  static std::string word_of(std::size_t client, std::size_t number) {
    return fmt::format("{}.{}", client, number);
  }

  void check() const override {
    std::vector<std::size_t> next(words_.size());
    for (std::size_t from = 0; from < heard_.size(); from = heard_.find(';', from) + 1) {
      const auto word = heard_.substr(from, heard_.find(';', from) - from);
      const auto client = std::stoul(word);
      expect_same(word, word_of(client, next[client]++), "the box, next of a client,");
    }
    expect(next == words_, box(), "words are missing: " + heard_);
  }

  std::vector<std::size_t> words_;  ///< how many, by client
  std::size_t senders_ = 0;         ///< that have sent all
  std::string heard_;
};

}  // namespace

std::unique_ptr<workload> make_signals(testing::dice& chance) {
  return std::make_unique<signals>(chance);
}

}  // namespace perdure::sim
