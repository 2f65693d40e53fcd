// A node with one agent: the tutorial of the README.

#include <chrono>

#include "deploy/node_main.hpp"
#include "hello/greeter.perdure.hpp"
#include "runtime/author/agent.hpp"

namespace {

using hello::v1::Greetings;
using hello::v1::Guests;

/// A step: a named function with a side effect. Its result is recorded once and never asked for
/// again.
constexpr perdure::step<std::string(std::string)> compose{"compose"};

/// A workflow: an ordinary coroutine. Kill the process anywhere, and it goes on where it was.
class greeter : public hello::v1::greeter {
 public:
  perdure::workflow<Greetings> greet(perdure::context& ctx, Guests guests) override {
    for (const auto& name : guests.names()) {
      *said_.add_lines() = co_await ctx.step(compose, name);
      co_await ctx.sleep(std::chrono::milliseconds(guests.pause_ms()));
    }
    const auto thanks = co_await ctx.signal(thank, std::chrono::hours(24));
    *said_.add_lines() = "You are welcome, " + thanks.from() + "!";
    co_return said_;
  }

  Greetings progress(const perdure::query_context&) const override { return said_; }

 private:
  Greetings said_;
};

void register_agents(perdure::registry& offered) {
  offered.add_agent<greeter>();
  offered.add_step(compose, [](const std::string& name) { return "Hello, " + name + "!"; });
}

}  // namespace

int main(int argc, char** argv) { return perdure::node_main(argc, argv, register_agents); }
