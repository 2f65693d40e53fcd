#include "runtime/author/compensations.hpp"
#include "tests/sim/scripted.hpp"
#include "tests/sim/workloads.hpp"

namespace perdure::sim {
namespace {

constexpr int opening_balance = 100;
constexpr step<std::string(std::string)> book{"bank.book", backoff(std::chrono::milliseconds(50))};
constexpr step<void(std::string)> unbook{"bank.unbook", backoff(std::chrono::milliseconds(50))};

/// "transfer change", as an account is told to move money.
std::string move_of(const std::string& transfer, int change) {
  return fmt::format("{} {}", transfer, change);
}

/// Accounts are workflows that move money when a signal says so. A transfer takes from one, is
/// booked by a step that may refuse for good, and then gives to the other; refused, it undoes what
/// it did. No money comes or goes; a transfer is done whole, or undone whole.
class bank final : public scripted {
 public:
  explicit bank(testing::dice& chance) : scripted("bank"), accounts_(2 + chance.below(3)) {
    for (std::size_t i = 1 + chance.below(5); i > 0; --i) {
      const auto source = chance.below(accounts_);
      transfers_.push_back({source, (source + 1 + chance.below(accounts_ - 1)) % accounts_,
                            static_cast<int>(chance.between(1, 90)), chance.happens(.3)});
    }
  }

  void offer(registry& to, std::uint32_t) override {
    offer_agent(
        to, {{"account", &account}, {"transfer", [this](context& ctx, shown&, std::string number) {
                                       return transfer(ctx, *this, std::stoul(number));
                                     }}});
    to.add_step(book, [this](step_context& ctx, const std::string& which) {
      if (world_.write(ctx, "tried " + which) % 2 == 1) throw std::runtime_error("busy");
      if (transfers_[std::stoul(which)].refused) throw permanent_error("refused", "by the book");
      world_.write(ctx, "booked " + which);
      return "booked " + which;
    });
    to.add_step(unbook, [this](step_context& ctx, const std::string& which) {
      world_.write(ctx, "unbooked " + which);
    });
  }

 private:
  struct transfer_order {
    std::size_t source, target;
    int amount;
    bool refused;  ///< by the book
  };

  static workflow<std::string> account(context& ctx, shown& shows, std::string) {
    int balance = opening_balance;
    shows.shown = std::to_string(balance);
    for (;;) {
      const auto move = co_await ctx.signal<std::string>("move");
      if (move == "close") break;
      const auto space = move.find(' ');
      const auto change = std::stoi(move.substr(space + 1));
      const bool can = balance + change >= 0;
      if (can) balance += change;
      shows.shown = std::to_string(balance);
      ctx.signal_workflow("", move.substr(0, space), "moved", std::string(can ? "yes" : "no"));
    }
    co_return std::to_string(balance);
  }

  static workflow<std::string> transfer(context& ctx, const bank& of, std::size_t number) {
    const auto& what = of.transfers_[number];
    const auto self = of.id("transfer", number);
    compensations undo(ctx);
    ctx.signal_workflow("", of.id("account", what.source), "move", move_of(self, -what.amount));
    if (co_await ctx.signal<std::string>("moved") == "no") co_return "too poor";
    undo.add(unbook, std::to_string(number));
    const auto booked = co_await ctx.step(book, std::to_string(number)).outcome();
    const auto whom = booked ? what.target : what.source;
    if (booked)
      undo.forget();
    else
      co_await undo.run();
    ctx.signal_workflow("", of.id("account", whom), "move", move_of(self, what.amount));
    co_await ctx.signal<std::string>("moved");
    co_return booked ? "done" : "undone: " + booked.error().type();
  }

  void begin() override { ask_.add(runtime::seconds(2), play()); }

  client_script play() {
    for (std::size_t i = 0; i < accounts_; ++i)
      must(co_await ask_.start(of("account", id("account", i))), "account");
    for (std::size_t i = 0; i < transfers_.size(); ++i) ask_.add(runtime::seconds(5), order_one(i));
    while (ended_.size() < transfers_.size())
      co_await ask_.wait(runtime::milliseconds(100), runtime::seconds(1));
    for (std::size_t i = 0; i < accounts_; ++i) {
      const auto whose = id("account", i);
      shown_[i] = must(co_await ask_.query(named(whose), "shown"), whose);
      must(co_await ask_.signal(named(whose), "move", "close", "close"), whose);
      balances_[i] = value_of(co_await ask_.end_of(named(whose)), whose);
    }
  }

  client_script order_one(std::size_t number) {
    const auto whose = id("transfer", number);
    must(co_await ask_.start(of("transfer", whose, std::to_string(number))), whose);
    ended_[number] = value_of(co_await ask_.end_of(named(whose)), whose);
  }

  void check() const override {
    std::vector<int> balances(accounts_, opening_balance);
    for (const auto& [number, end] : ended_) {
      const auto& what = transfers_[number];
      const auto which = std::to_string(number);
      const auto done = end == "done", poor = end == "too poor";
      if (!done && !poor) expect_same(end, "undone: refused", id("transfer", number));
      expect(poor || done == !what.refused, id("transfer", number), end);
      expect((world_.of("booked " + which).keys.size() == 1) == done, end, "booked");
      expect((world_.of("unbooked " + which).keys.size() == 1) == (!done && !poor), end,
             "unbooked");
      if (!done) continue;
      balances[what.source] -= what.amount;
      balances[what.target] += what.amount;
    }
    for (std::size_t i = 0; i < accounts_; ++i) {
      expect_same(balances_.at(i), std::to_string(balances[i]), id("account", i));
      expect_same(shown_.at(i), balances_.at(i), id("account", i) + " when asked");
      expect(balances[i] >= 0, id("account", i), "overdrawn");
    }
  }

  const std::size_t accounts_;
  std::vector<transfer_order> transfers_;
  std::map<std::size_t, std::string> ended_, shown_, balances_;
};

}  // namespace

std::unique_ptr<workload> make_bank(testing::dice& chance) {
  return std::make_unique<bank>(chance);
}

}  // namespace perdure::sim
