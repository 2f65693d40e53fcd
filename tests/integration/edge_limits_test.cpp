// What a client over HTTP meets when the edge takes no more (docs/api.md, Load).

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "nexus/api/http_api.hpp"
#include "tests/integration/disk_node.hpp"
#include "transport/http_client.hpp"
#include "transport/http_server.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {
namespace {

using ::testing::HasSubstr;

workflow<std::string> echo(context&, script_run&, std::string input) { co_return input; }

workflow<std::string> waits(context& ctx, script_run&, std::string) {
  co_return co_await ctx.signal<std::string>("word");
}

/// Four calls to the other namespace.
workflow<std::string> caller(context& ctx, script_run&, std::string) {
  std::vector<pending<std::string>> calls;
  for (int i = 0; i < 4; ++i)
    calls.push_back(
        call_script(ctx, "far", "echo", "x", {.workflow_id = fmt::format("called {}", i)}));
  std::string heard;
  for (auto& call : calls) heard += co_await call;
  co_return heard;
}

struct answer {
  unsigned status = 0;
  std::string retry_after, code, message;
};

/// A node with namespaces "team" and "far", of one partition each, behind its HTTP API.
class edge_limits : public ::testing::Test {
 protected:
  edge_limits() {
    add_script(*world_.offered, {{"echo", &echo}, {"waits", &waits}, {"caller", &caller}});
    world_.options.namespaces = {{"team", 1, {}, 3'600, 1'000}, {"far", 1, {"team"}, 3'600, 1'000}};
    world_.options.threads.scheduler = 4;
    world_.options.node.edge.min_free_disk = 0;
  }
  void TearDown() override { close(); }

  actors::gateway_options& limits() { return world_.options.node.edge; }

  void open() {
    world_.start();
    api_ = std::make_unique<nexus::http_api>(world_.node->client(), measured_, clock_,
                                             nexus::api_options{});
    auto server = transport::http_server::start(transport::http_server_options{.port = 0}, *api_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }
  void close() {
    let_go();
    server_.reset();
    world_.stop();
    api_.reset();
  }

  /// The partition of "far" does nothing more, until it is let go: it answers us, and we do not
  /// take the answer.
  void hold_far() {
    auto entered = std::make_shared<std::promise<void>>();
    auto release = std::make_shared<std::promise<void>>();
    release_ = release;
    runtime::list_request all;
    all.name_space = "far";
    all.limit = 1'000;
    world_.node->client().list(all, [entered, free = release->get_future().share()](const auto&) {
      entered->set_value();
      free.wait();
    });
    entered->get_future().wait();
  }
  void let_go() {
    if (release_) std::exchange(release_, nullptr)->set_value();
  }

  answer send(transport::http_request request) const {
    transport::http_client client({.server = {"127.0.0.1", server_->port()}});
    const auto got = client.send(request);
    if (!got) return {0, {}, {}, got.error().message};
    answer result{got->status, {}, {}, {}};
    if (const auto* seconds = got->header("Retry-After")) result.retry_after = *seconds;
    const auto body = nlohmann::json::parse(got->body, nullptr, false);
    if (body.is_object() && body.contains("error")) {
      result.code = body["error"].value("code", "");
      result.message = body["error"].value("message", "");
    }
    return result;
  }
  answer post(const std::string& name_space, const std::string& below,
              const nlohmann::json& body) const {
    return send({.method = transport::http_method::post,
                 .target = "/v1/namespaces/" + name_space + "/workflows" + below,
                 .headers = {{"Content-Type", "application/json"}},
                 .body = body.dump()});
  }
  answer start(const std::string& name_space, const std::string& operation, const std::string& id,
               const std::string& input = "x") const {
    return post(name_space, "",
                {{"agent", "test.Agent"},
                 {"operation", operation},
                 {"workflow_id", id},
                 {"request_key", id},
                 {"input", input}});
  }
  answer signal(const std::string& name_space, const std::string& id) const {
    return post(name_space, "/" + id + "/signals/word", {{"input", "x"}});
  }

  /// Sends all of them at the same time, and lets go of what is held when one was answered, which
  /// is the refused one. Gives the answers, that one first.
  std::vector<answer> send_until_one_is_refused(
      const std::vector<std::function<answer()>>& requests) {
    std::promise<void> first;
    std::atomic<int> answered = 0;
    std::vector<answer> all(requests.size());
    std::vector<std::jthread> threads;
    for (const auto& request : requests) {
      threads.emplace_back([&, request] {
        auto got = request();
        const int place = answered.fetch_add(1);
        all[static_cast<std::size_t>(place)] = std::move(got);
        if (place == 0) first.set_value();
      });
    }
    first.get_future().wait();
    let_go();
    threads.clear();
    return all;
  }

  static void expect_refused(const answer& got, const std::string& words) {
    EXPECT_EQ(got.status, 429u) << got.message;
    EXPECT_EQ(got.code, "overloaded");
    EXPECT_EQ(got.retry_after, "1");
    EXPECT_THAT(got.message, HasSubstr(words));
  }

  disk_node world_;

 private:
  nexus::metrics measured_;
  const transport::system_clock clock_;
  std::unique_ptr<nexus::http_api> api_;
  std::unique_ptr<transport::http_server> server_;
  std::shared_ptr<std::promise<void>> release_;
};

TEST_F(edge_limits, rule_3_5_requests_in_flight_of_one_partition) {
  limits().requests = 2;
  open();
  hold_far();
  std::vector<std::function<answer()>> requests;
  for (const auto* id : {"a", "b", "c"})
    requests.emplace_back([this, id] { return start("far", "echo", id); });
  const auto got = send_until_one_is_refused(requests);
  expect_refused(got[0], "2 requests wait for an answer already: ask again");
  EXPECT_EQ(got[1].status, 201u) << got[1].message;
  EXPECT_EQ(got[2].status, 201u) << got[2].message;
  for (const auto* id : {"a", "b", "c"}) {
    const auto again = start("far", "echo", id);
    EXPECT_TRUE(again.status == 200 || again.status == 201) << again.message;
  }
}

TEST_F(edge_limits, rule_3_5_requests_to_another_partition_pass_meanwhile) {
  limits().requests = 1;
  open();
  hold_far();
  EXPECT_EQ(start("team", "echo", "a").status, 201u);
}

TEST_F(edge_limits, rule_3_5_waits_for_results) {
  limits().waits = 1;
  open();
  ASSERT_EQ(start("far", "waits", "a").status, 201u);
  hold_far();
  const auto wait = [this] {
    return send({.target = "/v1/namespaces/far/workflows/a/result?wait=1ms"});
  };
  const auto got = send_until_one_is_refused({wait, wait});
  expect_refused(got[0], "1 requests wait");
  EXPECT_EQ(got[1].status, 200u) << got[1].message;
}

TEST_F(edge_limits, rule_3_5_apply_lag) {
  limits().max_apply_lag = 3;
  open();
  ASSERT_EQ(start("far", "waits", "there").status, 201u);
  hold_far();
  ASSERT_EQ(start("team", "caller", "c").status, 201u);
  const auto calls = world_.wait_until(  // a start before would wait with the others
      "c", [](const runtime::run_details& now) { return now.open.size() == 4; });
  ASSERT_TRUE(calls) << calls.error().message;
  // The log's thread has handed out what it wrote before.
  EXPECT_EQ(start("team", "echo", "b").status, 201u) << "the other partition is not behind";
  expect_refused(start("far", "echo", "a"), "records behind its log, the limit for new work is 3");
  expect_refused(signal("far", "there"), "behind its log");
  let_go();
  EXPECT_EQ(world_.client().end_of("c"), "xxxx");
  EXPECT_EQ(start("far", "echo", "a").status, 201u);
}

TEST_F(edge_limits, rule_3_5_bytes_in_flight) {
  limits().max_bytes_in_flight = 150'000;
  open();
  hold_far();
  const std::string large(100'000, 'x');
  const auto got = send_until_one_is_refused({[&] { return start("far", "echo", "a", large); },
                                              [&] { return start("far", "echo", "b", large); }});
  expect_refused(got[0], "requests with 150000 bytes wait for an answer already: ask again");
  EXPECT_EQ(got[1].status, 201u) << got[1].message;
  EXPECT_EQ(start("team", "echo", "c", large).status, 201u);
}

TEST_F(edge_limits, rule_3_5_disk_space) {
  open();
  ASSERT_EQ(start("team", "waits", "there").status, 201u);
  close();
  limits().min_free_disk = UINT64_MAX;
  open();
  expect_refused(start("team", "echo", "a"), "(edge.min_free_disk): make room, then ask again");
  expect_refused(signal("team", "there"), "bytes free");
  EXPECT_EQ(send({.target = "/v1/namespaces/team/workflows/there"}).status, 200u);
  EXPECT_EQ(post("team", "/there/terminate", {{"reason", "enough"}}).status, 200u)
      << "what is there can be moved";
  EXPECT_THAT(world_.client().end_of("there"), HasSubstr("terminated"));
}

}  // namespace
}  // namespace perdure::testing
