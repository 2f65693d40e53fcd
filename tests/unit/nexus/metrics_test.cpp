#include "nexus/metrics.hpp"

#include "tests/unit/nexus/api_fixture.hpp"

namespace perdure::nexus {
namespace {

using testing::HasSubstr;

TEST(metrics, shows_counters_and_sources) {
  metrics all;
  prometheus::BuildCounter()
      .Name("perdure_test_total")
      .Help("h")
      .Register(all.registry())
      .Add({})
      .Increment(3);
  int asked = 0;
  all.add_source([&asked] {
    ++asked;
    return to_families(transport::http_server_statistics{.open_connections = 4, .accepted = 9});
  });
  const std::string text = all.exposition();
  EXPECT_THAT(text, HasSubstr("perdure_test_total 3\n"));
  EXPECT_THAT(text, HasSubstr("perdure_http_connections_open 4\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE perdure_http_connections_accepted_total counter\n"));
  EXPECT_EQ(asked, 1);
}

TEST(metrics, a_node_has_gauges_per_partition) {
  runtime::node_status node{.ready = true, .node = "n1", .build = "b1"};
  node.partitions = {{.name_space = "audit",
                      .partition = 5,
                      .number_in_namespace = 1,
                      .state = "owner",
                      .applied = runtime::offset(7),
                      .open_runs = 2,
                      .parked = 1,
                      .running_steps = 3,
                      .queued_steps = 4}};
  const std::string text = metrics().exposition(to_families(node));
  EXPECT_THAT(text, HasSubstr("perdure_node_ready 1\n"));
  EXPECT_THAT(text, HasSubstr("perdure_node_build{node=\"n1\",build=\"b1\"} 1\n"));
  const std::string of = "{namespace=\"audit\",partition=\"1\"} ";
  EXPECT_THAT(text, HasSubstr("perdure_partition_owned" + of + "1\n"));
  EXPECT_THAT(text, HasSubstr("perdure_partition_applied_offset" + of + "7\n"));
  EXPECT_THAT(text, HasSubstr("perdure_partition_open_runs" + of + "2\n"));
  EXPECT_THAT(text, HasSubstr("perdure_partition_parked_runs" + of + "1\n"));
  EXPECT_THAT(text, HasSubstr("perdure_partition_running_steps" + of + "3\n"));
  EXPECT_THAT(text, HasSubstr("perdure_partition_queued_steps" + of + "4\n"));
}

struct metrics_test : api_test {
  /// Without the whole text in the message: it is long.
  static bool has_line(const std::string& text, const std::string& line) {
    return text.find("\n" + line + "\n") != text.npos;
  }
  std::string scrape() {
    const auto answer = get("/metrics");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_THAT(answer.response.content_type, HasSubstr("version=0.0.4"));
    return answer.response.body;
  }
};

TEST_F(metrics_test, requests_are_counted_by_route_and_class) {
  get("/v1/namespaces/a/workflows/w");
  client.descriptions.answer = runtime::fail(runtime::errc::not_found, "none");
  get("/v1/namespaces/b/workflows/x");
  get("/no/such/path");
  const std::string text = scrape();
  const std::string of =
      "perdure_http_requests_total{method=\"GET\",route=\"/v1/namespaces/{namespace}/workflows/"
      "{workflow_id}\",status=";
  EXPECT_TRUE(has_line(text, of + "\"2xx\"} 1"));
  EXPECT_TRUE(has_line(text, of + "\"4xx\"} 1"));
  EXPECT_TRUE(has_line(text, of + "\"5xx\"} 0"));
  EXPECT_TRUE(has_line(
      text, "perdure_http_requests_total{method=\"any\",route=\"none\",status=\"4xx\"} 1"));
  EXPECT_EQ(text.find("no/such/path"), text.npos) << "a client must not choose the labels";
}

TEST_F(metrics_test, the_time_to_the_answer_is_measured) {
  client.results.hold = true;
  begin(transport::http_method::get, "/v1/namespaces/a/workflows/w/result?wait=5s");
  clock.time = clock.time + runtime::milliseconds(2'500);
  client.results.let_go();
  EXPECT_TRUE(has_line(scrape(),
                       "perdure_http_request_seconds_sum{method=\"GET\",route=\"/v1/namespaces/"
                       "{namespace}/workflows/{workflow_id}/result\"} 2.5"));
}

TEST_F(metrics_test, a_node_in_trouble_still_shows_its_metrics) {
  client.statuses.answer = runtime::fail(runtime::errc::unavailable, "stopping");
  EXPECT_TRUE(has_line(scrape(), "perdure_node_ready 0"));
}

}  // namespace
}  // namespace perdure::nexus
