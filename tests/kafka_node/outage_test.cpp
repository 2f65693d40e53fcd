// No broker answers for a while: what clients hear meanwhile, and that nothing comes of it but the
// wait (docs/operations.md, A cluster, Drills).

#include <future>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "nexus/api/http_api.hpp"
#include "tests/kafka_log/broker_fault.hpp"
#include "tests/kafka_node/call_load.hpp"
#include "tests/kafka_node/cluster_world.hpp"
#include "transport/http_client.hpp"
#include "transport/http_server.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;
using ::testing::_;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

workflow<std::string> waits(context& ctx, script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}
workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }

/// The HTTP API of a node.
class http_edge {
 public:
  explicit http_edge(whole_node& node) : api_(node.node->client(), measured_, clock_, {}) {
    auto server = transport::http_server::start(transport::http_server_options{.port = 0}, api_);
    if (!server) throw std::runtime_error(server.error().message);
    server_ = *std::move(server);
  }

  transport::http_response start(const std::string& operation, const std::string& id) const {
    transport::http_client client({.server = {"127.0.0.1", server_->port()}});
    const nlohmann::json body = {{"agent", "test.Agent"},
                                 {"operation", operation},
                                 {"workflow_id", id},
                                 {"request_key", id},
                                 {"input", id}};
    const auto got = client.send({.method = transport::http_method::post,
                                  .target = "/v1/namespaces/team/workflows",
                                  .headers = {{"Content-Type", "application/json"}},
                                  .body = body.dump()});
    if (!got) throw std::runtime_error(got.error().message);
    return *got;
  }

 private:
  nexus::metrics measured_;
  const transport::system_clock clock_;
  nexus::http_api api_;
  std::unique_ptr<transport::http_server> server_;
};

/// Two nodes of one broker, which take few requests at once.
class kafka_outage : public ::testing::Test {
 protected:
  static constexpr std::size_t requests_of_a_partition = 10, partitions = 4;

  kafka_outage() {
    for (auto& node : nodes_) {
      offer_calls(*node.offered, {{"waits", &waits}, {"echo", &echo}});
      node.options.node.edge.requests = requests_of_a_partition;
      for (auto& space : node.options.namespaces) space.retention_runs = 50'000;
    }
  }

  struct asked {
    std::string id;
    std::future<runtime::expected<runtime::start_reply>> answer;
    bool is_answered() const {
      return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }
  };
  asked start(const std::string& id) {
    auto told = std::make_shared<std::promise<runtime::expected<runtime::start_reply>>>();
    asked made{id, told->get_future()};
    auto request = nodes_[0].client().request("echo", id, id);
    request.request_key = id;
    nodes_[0].node->client().start(std::move(request),
                                   [told](auto answer) { told->set_value(std::move(answer)); });
    return made;
  }

  /// More than are taken. Those that were refused at once; the others wait.
  std::vector<std::string> ask_for_more_than_is_taken() {
    std::vector<std::string> refused;
    for (int i = 0; i < 200; ++i) {
      auto one = start(fmt::format("asked meanwhile {}", i));
      if (!one.is_answered()) {
        waiting_.push_back(std::move(one));
        continue;
      }
      const auto told = one.answer.get();
      EXPECT_EQ(told ? "taken" : name(told.error().code), "overloaded") << one.id;
      refused.push_back(one.id);
    }
    return refused;
  }

  /// For a second, in which a client waits for the end of run "patient".
  void expect_that_all_wait(const http_edge& edge) {
    const auto open = nodes_[1].client().result("patient", runtime::seconds(1));
    ASSERT_TRUE(open) << "a wait ends in its time: " << open.error().message;
    EXPECT_EQ(open->status, runtime::run_status::open);
    const auto told = edge.start("echo", "asked over HTTP");
    EXPECT_EQ(told.status, 429U) << told.body;
    EXPECT_NE(told.header("Retry-After"), nullptr);
    for (const auto& one : waiting_) EXPECT_FALSE(one.is_answered()) << one.id;
    for (const std::size_t through : {0U, 1U})
      EXPECT_THAT(nodes_.states(through), AllOf(SizeIs(2), Each(Pair(_, "present"))));
  }

  cluster_world nodes_{2};
  real_broker& broker_ = real_broker::of_this_program();
  const transport::system_clock clock_;
  std::vector<asked> waiting_;
};

TEST_F(kafka_outage,
       clients_get_429_meanwhile_nobody_is_gone_and_what_was_acknowledged_ends_afterwards) {
  nodes_.start_all();
  nodes_.wait_until_shared_among({0, 1});
  const http_edge edge(nodes_[0]);
  ASSERT_TRUE(nodes_[0].client().start("waits", "patient"));
  call_load load({&nodes_[0], &nodes_[1]}, 2);
  load.wait_for_more(20);
  const auto epochs = nodes_.epochs();

  std::vector<std::string> refused;
  {
    const killed_broker away(broker_);
    const auto until = clock_.monotonic() + runtime::seconds(18);
    refused = ask_for_more_than_is_taken();
    EXPECT_GE(refused.size(), 200 - requests_of_a_partition * partitions);
    while (clock_.monotonic() < until && !HasFailure()) expect_that_all_wait(edge);
  }
  for (auto& one : waiting_) {
    const auto told = one.answer.get();
    EXPECT_TRUE(told) << one.id << ": " << told.error().message;
    EXPECT_EQ(nodes_[1].client().end_of(one.id), one.id);
  }
  for (const auto& id : refused)
    EXPECT_EQ(nodes_[1].client().result(id, {}).error().code, errc::not_found) << id;
  EXPECT_EQ(edge.start("echo", "asked over HTTP").status, 201U);
  ASSERT_TRUE(nodes_[0].client().signal("patient", "word", "told"));
  EXPECT_EQ(nodes_[1].client().end_of("patient"), "told");
  load.wait_for_more(20);
  load.stop();
  load.judge(nodes_[0], nodes_[1]);
  EXPECT_THAT(nodes_.fold_topics().problems, IsEmpty());
  EXPECT_EQ(nodes_.epochs(), epochs) << "nobody has claimed anything";
  for (auto& node : nodes_) EXPECT_FALSE(node.has_said("has gone"));
}

}  // namespace
}  // namespace perdure::testing
