#include "transport/http_reply_queue.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "transport/http_connection_limits.hpp"

namespace perdure::transport {
namespace {

/// A handler that does what the test says.
struct scripted_handler final : http_handler {
  std::function<void(http_request, http_responder)> act;
  void handle(http_request request, http_responder responder) override {
    act(std::move(request), std::move(responder));
  }
};

struct reply_queue_test : testing::Test {
  std::optional<http_reply> run() {
    return http_exchange::run(handler, {}, std::make_shared<http_exchange>(queue, first));
  }
  static unsigned status(const http_reply& reply) { return std::get<http_response>(reply).status; }

  const http_request_id first{7, 1};
  int wake_ups = 0;
  std::shared_ptr<http_reply_queue> queue =
      std::make_shared<http_reply_queue>([this] { ++wake_ups; });
  scripted_handler handler;
};

TEST_F(reply_queue_test, an_answer_at_once_does_not_pass_the_queue) {
  handler.act = [](http_request, http_responder responder) { responder.send({.status = 204}); };
  const auto reply = run();
  ASSERT_TRUE(reply);
  EXPECT_EQ(status(*reply), 204U);
  EXPECT_EQ(wake_ups, 0);
}

TEST_F(reply_queue_test, later_answers_share_one_wake_up) {
  std::vector<http_responder> kept;
  handler.act = [&](http_request, http_responder responder) { kept.push_back(responder); };
  EXPECT_FALSE(run());
  EXPECT_FALSE(run());
  for (const http_responder& responder : kept) responder.send({.status = 201});
  EXPECT_EQ(wake_ups, 1);
  EXPECT_EQ(queue->take().size(), 2U);
  EXPECT_TRUE(queue->take().empty());
}

TEST_F(reply_queue_test, the_first_answer_counts) {
  handler.act = [](http_request, http_responder responder) {
    responder.send({.status = 200});
    responder.send({.status = 500});
  };
  EXPECT_EQ(status(run().value()), 200U);
  EXPECT_TRUE(queue->take().empty());
}

TEST_F(reply_queue_test, a_request_that_nobody_answers_gets_500) {
  handler.act = [](http_request, http_responder) {};
  EXPECT_EQ(status(run().value()), 500U) << "forgotten at once";

  std::optional<http_responder> kept;
  handler.act = [&](http_request, http_responder responder) { kept = std::move(responder); };
  EXPECT_FALSE(run());
  kept.reset();
  const auto entries = queue->take();
  ASSERT_EQ(entries.size(), 1U) << "forgotten later";
  EXPECT_EQ(entries[0].request, first);
  EXPECT_EQ(status(entries[0].reply), 500U);
}

TEST_F(reply_queue_test, a_handler_that_throws_is_answered_for) {
  handler.act = [](http_request, http_responder) { throw std::runtime_error("no"); };
  EXPECT_EQ(status(run().value()), 500U);
}

TEST_F(reply_queue_test, one_handler_may_answer_the_request_of_another) {
  std::optional<http_responder> waiting;
  handler.act = [&](http_request, http_responder responder) { waiting = std::move(responder); };
  EXPECT_FALSE(run());
  handler.act = [&](http_request, http_responder responder) {
    waiting->send({.status = 202});
    responder.send({.status = 200});
  };
  EXPECT_EQ(status(run().value()), 200U);
  EXPECT_EQ(status(queue->take().at(0).reply), 202U);
}

TEST_F(reply_queue_test, a_closed_queue_drops_and_never_wakes) {
  std::optional<http_responder> kept;
  handler.act = [&](http_request, http_responder responder) { kept = std::move(responder); };
  EXPECT_FALSE(run());
  queue->close();
  kept->send({.status = 200});
  EXPECT_EQ(wake_ups, 0);
  EXPECT_TRUE(queue->take().empty());
}

TEST(http_connection_limits, places_are_counted_and_given_back) {
  using verdict = http_connection_limits::verdict;
  const auto limits = std::make_shared<http_connection_limits>(3, 2);
  const auto admit = [&](const std::string& address) {
    EXPECT_EQ(limits->admit(address), verdict::admitted);
    return std::make_unique<http_connection_limits::ticket>(limits, address);
  };
  auto first = admit("a");
  auto second = admit("a");
  EXPECT_EQ(limits->admit("a"), verdict::too_many_of_address);
  auto third = admit("b");
  EXPECT_EQ(limits->admit("c"), verdict::too_many);
  second.reset();
  second = admit("a");
  first.reset();
  second.reset();
  third.reset();
  EXPECT_EQ(limits->open(), 0U);
}

}  // namespace
}  // namespace perdure::transport
