#include <deque>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/actors/one_thread_node.hpp"

namespace perdure::actors {
namespace {

/// Code that is no coroutine: asks for a step for each word of its input, one behind the other, and
/// ends with what they gave. Everything that it knows
/// is in what it is given, as for a program in another language.
class word_by_word final : public runtime::execution {
 public:
  explicit word_by_word(int& replayed) : replayed_(replayed) {}

  runtime::turn_result activate(const runtime::activation& work) override {
    for (const auto& past : work.journal) {
      ++replayed_;
      take(past.data);
      asked_ += static_cast<std::uint32_t>(past.commands.size());
    }
    take(work.data);
    runtime::turn_result turn;
    std::vector<runtime::command_summary> summaries;
    runtime::digest result;
    if (words_.empty()) {
      turn.status = runtime::run_status::completed;
      turn.result = encode(said_);
      result = runtime::hash_bytes(turn.result.view());
    } else {
      const runtime::thing_number step(++asked_);
      runtime::command command = runtime::run_step{
          .number = step, .name = "work", .arguments = encode(words_.front()), .retry = {}};
      summaries.push_back(runtime::summarise(command, work.now));
      turn.commands.push_back(std::move(command));
      turn.waits.push_back({1, {step}});
    }
    turn.after = runtime::chain_digest(work.before, work.seq, summaries, turn.status, result);
    turn.build = "words 1";
    return turn;
  }

  runtime::expected<runtime::payload> query(std::string_view, const runtime::payload&) override {
    return encode(said_);
  }

 private:
  void take(const std::vector<runtime::data_item>& data) {
    for (const auto& item : data) {
      const auto text = decode<std::string>(item.body);
      if (item.kind == runtime::item_kind::start) {
        std::istringstream words(text);
        words_.assign(std::istream_iterator<std::string>(words), {});
      } else if (item.kind == runtime::item_kind::step_result) {
        said_ += text;
        words_.pop_front();
      }
    }
  }

  int& replayed_;
  std::deque<std::string> words_;
  std::string said_;
  std::uint32_t asked_ = 0;
};

class word_executor final : public runtime::turn_executor {
 public:
  explicit word_executor(int& replayed) : replayed_(replayed) {}
  std::vector<runtime::agent_description> agents() const override {
    return {{"words", "words 1", {{"say", runtime::operation_kind::workflow, "", "", ""}}}};
  }
  runtime::expected<std::unique_ptr<runtime::execution>> open(
      const runtime::run_description&) override {
    return std::make_unique<word_by_word>(replayed_);
  }

 private:
  int& replayed_;
};

TEST(seams, rule_6_1_turns_and_steps_are_plain_data_for_whoever_runs_them) {
  int replayed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::optional<std::string> said;
    const runtime::workflow_address who{"team", "w", {}};
    bool started = false;
    one_thread_node world(seed);
    world.make_executor = [&replayed] { return std::make_unique<word_executor>(replayed); };
    world.offered.add_step(step<std::string(std::string)>{"work"},
                           [](const std::string& in) { return "<" + in + ">"; });
    world.begin();
    for (int moves = 0; !said && moves < 100'000; ++moves) {
      const bool idle = !world.move();
      if (idle && !std::exchange(started, true)) {
        runtime::start_request request;
        request.name_space = who.name_space;
        request.agent = "words";
        request.operation = "say";
        request.workflow_id = request.request_key = who.workflow_id;
        request.input = encode(std::string("one two three four"));
        world.node->client().start(std::move(request), [&](const auto& reply) {
          if (!reply) return;
          world.node->client().result(who, runtime::seconds(60), [&said](const auto& result) {
            if (result && result->status == runtime::run_status::completed)
              said = decode<std::string>(result->body);
          });
        });
      }
      if (world.chance.happens(.02)) {
        world.crash();
        world.begin();
        started = false;
      }
    }
    EXPECT_EQ(said, "<one><two><three><four>");
  }
  EXPECT_GT(replayed, 0);
}

}  // namespace
}  // namespace perdure::actors
