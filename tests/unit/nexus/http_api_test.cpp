#include "nexus/api/http_api.hpp"

#include "runtime/author/codec.hpp"
#include "runtime/failure.hpp"
#include "tests/unit/nexus/api_fixture.hpp"
#include "transport/http_error.hpp"

namespace perdure::nexus {
namespace {

using nlohmann::json;
using runtime::errc;
using runtime::run_status;
using testing::HasSubstr;
using transport::http_method;

const std::string workflow = "/v1/namespaces/audit/workflows/a%2Fb";

TEST_F(api_test, result_waits_and_shows_the_value) {
  client.results.answer = runtime::run_result{
      "a/b", "r1", run_status::completed, {}, runtime::payload(std::string("done"))};
  const auto answer = get(workflow + "/result?wait=30s&run_id=r1");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.json, json::parse(R"({"workflow_id":"a/b","run_id":"r1","status":"completed",
                                         "output":"done"})"));
  ASSERT_EQ(client.results.asked.size(), 1U);
  EXPECT_EQ(client.results.asked[0].target.workflow_id, "a/b");
  EXPECT_EQ(client.results.asked[0].target.run_id, "r1");
  EXPECT_EQ(client.results.asked[0].wait, runtime::seconds(30));
}

TEST_F(api_test, result_of_an_open_run_has_no_value) {
  client.results.answer = runtime::run_result{"a/b", "r1", run_status::open, {}, {}};
  EXPECT_EQ(get(workflow + "/result").json,
            json::parse(R"({"workflow_id":"a/b","run_id":"r1","status":"open"})"));
  EXPECT_EQ(client.results.asked.at(0).wait, runtime::duration{});
}

TEST_F(api_test, a_failure_is_shown_with_its_causes) {
  const runtime::failure_info failure{
      runtime::outcome::failed,
      "card_declined",
      "the bank said no",
      "step `charge`, attempt 2",
      {runtime::plain_failure(runtime::outcome::timed_out, "no answer")}};
  client.results.answer =
      runtime::run_result{"a/b", "r1", run_status::failed, {}, runtime::encode_failure(failure)};
  const auto answer = get(workflow + "/result");
  EXPECT_EQ(answer.status, 200U) << "the request went well, the run did not";
  EXPECT_EQ(answer.json.at("failure"), json::parse(R"({
      "kind": "failed", "type": "card_declined", "message": "the bank said no",
      "origin": "step `charge`, attempt 2",
      "causes": [{"kind": "timed_out", "type": "timed_out", "message": "no answer"}]})"));
}

TEST_F(api_test, a_run_ended_from_outside_has_a_failure_too) {
  for (const auto status : {run_status::cancelled, run_status::terminated, run_status::timed_out}) {
    client.results.answer = runtime::run_result{"a/b", "r1", status, {}, {}};
    EXPECT_EQ(get(workflow + "/result").json.at("failure").at("kind"), runtime::name(status));
  }
}

TEST_F(api_test, describe_shows_what_is_open) {
  runtime::run_details details;
  details.summary = {.name_space = "audit",
                     .workflow_id = "a/b",
                     .run_id = "r1",
                     .agent = "courier",
                     .operation = "deliver",
                     .build = "b1",
                     .condition = "waiting",
                     .detail = "for signal `note`",
                     .started = {1'700'000'000'000'000},
                     .turns = 3,
                     .partition = 2};
  details.input = runtime::payload(std::string("in"));
  details.open = {{.number = runtime::thing_number(4),
                   .kind = "step",
                   .name = "fetch",
                   .attempt = 2,
                   .due = {1'700'000'001'000'000},
                   .last_failure = "refused"}};
  details.queued_data = 1;
  client.descriptions.answer = details;
  const auto answer = get(workflow);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.json, json::parse(R"({
      "namespace": "audit", "workflow_id": "a/b", "run_id": "r1", "agent": "courier",
      "operation": "deliver", "build": "b1", "status": "open", "condition": "waiting",
      "detail": "for signal `note`", "started": "2023-11-14T22:13:20.000000Z", "turns": 3,
      "partition": 2, "input": "in",
      "open": [{"number": 4, "kind": "step", "name": "fetch", "attempt": 2,
                "due": "2023-11-14T22:13:21.000000Z", "last_failure": "refused"}],
      "queued_data": 1, "queued_controls": 0})"));
}

TEST_F(api_test, list_passes_its_filters_on) {
  client.lists.answer = runtime::list_reply{{{.workflow_id = "a"}, {.workflow_id = "b"}}, "next"};
  const auto answer = get(
      "/v1/namespaces/audit/workflows?status=parked&agent=clerk&id_prefix=a%2F&limit=2&page=p%3D");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.json.at("runs").size(), 2U);
  EXPECT_EQ(answer.json.at("next_page"), "next");
  const auto& request = client.lists.asked.at(0);
  EXPECT_EQ(request.name_space, "audit");
  EXPECT_EQ(request.status, run_status::parked);
  EXPECT_EQ(request.agent, "clerk");
  EXPECT_EQ(request.id_prefix, "a/");
  EXPECT_EQ(request.limit, 2U);
  EXPECT_EQ(request.page, "p=");
}

TEST_F(api_test, wrong_queries_are_refused) {
  for (const char* query : {"status=gone", "limit=0", "limit=1001", "limit=x", "limit=-1",
                            "limit=1e2", "limit=", "lmit=1", "status=open&status=open"}) {
    const auto answer = get(std::string("/v1/namespaces/audit/workflows?") + query);
    EXPECT_EQ(answer.status, 400U) << query;
    EXPECT_EQ(answer.code(), "invalid_argument");
  }
  EXPECT_EQ(get(workflow + "/result?wait=5").status, 400U);
  EXPECT_EQ(get(workflow + "?wait=5s").status, 400U) << "describe does not wait";
  EXPECT_TRUE(client.lists.asked.empty());
}

TEST_F(api_test, history_comes_in_pages) {
  std::vector<runtime::history_event> events(3);
  events[0] = {.at = runtime::offset(10),
               .time = {1'700'000'000'000'000},
               .seq = runtime::turn_seq(1),
               .kind = "step_completed",
               .name = "fetch",
               .thing = runtime::thing_number(2),
               .attempt = 1,
               .took = {1'500},
               .build = "b1",
               .body_type = type_of_arguments<std::string, int>(),
               .body = encode_arguments<std::string, int>("page", 7)};
  events[1] = {
      .kind = "step_failed",
      .result = runtime::outcome::failed,
      .body = runtime::encode_failure(runtime::plain_failure(runtime::outcome::failed, "no luck"))};
  client.histories.answer = events;
  const auto first = get(workflow + "/history?limit=2");
  ASSERT_EQ(first.json.at("events").size(), 2U);
  EXPECT_EQ(first.json.at("events")[0], json::parse(R"json({
      "offset": 10, "time": "2023-11-14T22:13:20.000000Z", "turn": 1, "kind": "step_completed",
      "name": "fetch", "thing": 2, "attempt": 1, "result": "ok", "took_us": 1500, "build": "b1",
      "body_type": "(string, number)", "body": ["page", 7]})json"));
  EXPECT_EQ(first.json.at("events")[1].at("failure").at("message"), "no luck");
  EXPECT_EQ(first.json.at("next_page"), "2");
  const auto second = get(workflow + "/history?limit=2&page=2");
  EXPECT_EQ(second.json.at("events").size(), 1U);
  EXPECT_EQ(second.json.at("next_page"), "");
  EXPECT_TRUE(get(workflow + "/history?page=99").json.at("events").empty());
}

TEST_F(api_test, a_signal_is_encoded_as_its_agents_declare_it) {
  client.signals.answer = runtime::start_reply{"a/b", "r1", true, false};
  const auto answer = post(workflow + "/signals/note", R"({"input":"hi","request_key":"k"})");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.json, json::parse(R"({"workflow_id":"a/b","run_id":"r1","duplicate":true})"));
  const auto& request = client.signals.asked.at(0);
  EXPECT_EQ(request.target.workflow_id, "a/b");
  EXPECT_EQ(request.name, "note");
  EXPECT_EQ(request.request_key, "k");
  EXPECT_EQ(request.body.view(), "\x0A\x02hi");
  EXPECT_TRUE(client.agents_of.asked.empty()) << "the agents agree about it: nobody need ask";
}

TEST_F(api_test, where_agents_disagree_the_workflows_own_decides) {
  client.agents_of.answer = "clerk";
  client.catalogues.answer = own_catalogue();
  post(workflow + "/signals/stamp", R"({"input":"hi"})");
  EXPECT_EQ(client.agents_of.asked.at(0).workflow_id, "a/b");
  EXPECT_EQ(client.signals.asked.at(0).body.view(), "\x0A\x02hi");
  EXPECT_EQ(client.signals.asked.at(0).typed_by, "clerk");

  client.agents_of.answer = runtime::fail(errc::unavailable, "the node stops");
  EXPECT_EQ(post(workflow + "/signals/stamp", R"({"input":"hi"})").status, 503U);
  EXPECT_EQ(post(workflow + "/signals/stamp", R"({"input":{"base64":"CgJoaQ=="}})").status, 200U)
      << "bytes need no types";
}

TEST_F(api_test, of_a_run_that_is_not_there_bytes_are_for_the_partition_to_answer) {
  client.agents_of.answer = runtime::fail(errc::not_found, "no such workflow");
  client.signals.answer = runtime::start_reply{"a/b", "r1", true, false};
  EXPECT_TRUE(
      post(workflow + "/signals/stamp", R"({"input":{"base64":"CgJoaQ=="}})").json.at("duplicate"));
  EXPECT_EQ(post(workflow + "/signals/stamp", R"({"input":"hi"})").code(), "not_found");
}

TEST_F(api_test, a_signal_that_nobody_declares_takes_bytes_or_the_type_named) {
  post(workflow + "/signals/approve", R"({"input":"yes"})");
  EXPECT_EQ(client.signals.asked.at(0).body.view(), "yes");
  post(workflow + "/signals/approve", R"({"input":"yes","type":"google.protobuf.StringValue"})");
  EXPECT_EQ(client.signals.asked.at(1).body.view(), "\x0A\x03yes");
  EXPECT_EQ(post(workflow + "/signals/note", R"({"input":{"a":1}})").status, 400U);
}

/// The workflow is of an agent that another node has.
struct far_run : api_test {
  far_run() {
    client.has_all = false;
    client.catalogues.answer = far_catalogue();
    client.agents_of.answer = "carter";
    client.signals.answer = runtime::start_reply{"a/b", "r1", false, false};
  }
  static constexpr const char* lamp = R"({"input":{"item":"lamp","count":2,"to":{"town":"Oslo"}}})";
};

TEST_F(far_run, a_signal_is_made_by_the_types_of_its_agent_and_goes_with_its_name) {
  EXPECT_EQ(post(workflow + "/signals/note", lamp).status, 200U);
  EXPECT_EQ(client.agents_of.asked.at(0).workflow_id, "a/b");
  EXPECT_EQ(client.catalogues.asked.at(0), (runtime::agent_address{"audit", "carter"}));
  const auto& sent = client.signals.asked.at(0);
  EXPECT_EQ(sent.body.view(), far_order());
  EXPECT_FALSE(sent.exact);
  EXPECT_EQ(sent.typed_by, "carter");
}

TEST_F(far_run, a_type_that_is_named_may_be_one_of_that_node) {
  post(workflow + "/signals/undeclared", R"({"type":"far.v1.Address","input":{"town":"Oslo"}})");
  EXPECT_EQ(client.signals.asked.at(0).body.view(), "\x0A\x04Oslo");
  EXPECT_TRUE(client.signals.asked.at(0).exact);
  post(workflow + "/signals/undeclared", R"({"type":"google.protobuf.StringValue","input":"x"})");
  EXPECT_EQ(client.signals.asked.at(1).body.view(), "\x0A\x01x");
  EXPECT_TRUE(client.signals.asked.at(1).exact) << "that node does not tell of it, this one has it";
}

TEST_F(far_run, a_query_is_made_and_shown_by_the_types_of_its_agent) {
  client.queries.answer = runtime::payload(far_order());
  const auto answer = post(workflow + "/queries/load", lamp);
  EXPECT_EQ(client.queries.asked.at(0).input.view(), far_order());
  EXPECT_EQ(answer.json.at("output_type"), "far.v1.Order");
  EXPECT_EQ(answer.json.at("output").at("item"), "lamp");
}

TEST_F(far_run, an_answer_is_shown_by_what_is_told_when_it_comes) {
  client.catalogues.answer = runtime::fail(errc::unavailable, "node-2 stands still");
  client.queries.answer = runtime::payload(far_order());
  client.queries.hold = true;
  const auto waits = begin(transport::http_method::post, workflow + "/queries/load");
  ASSERT_EQ(client.queries.asked.size(), 1U);
  client.catalogues.answer = far_catalogue();
  client.queries.let_go();
  const auto shown = finished(*waits);
  EXPECT_EQ(shown.json.at("output_type"), "far.v1.Order");
  EXPECT_EQ(shown.json.at("output").at("item"), "lamp");
}

TEST_F(far_run, where_nobody_tells_bytes_pass_and_json_is_refused) {
  client.catalogues.answer = runtime::fail(errc::unavailable, "node-2 is silent");
  for (const std::string what : {"/signals/note", "/queries/load"}) {
    const auto refused = post(workflow + what, lamp);
    EXPECT_EQ(refused.code(), "unavailable");
    EXPECT_THAT(refused.message(), HasSubstr("node-2 is silent"));
    EXPECT_EQ(post(workflow + what, R"({"input":{"base64":"CgJoaQ=="}})").status, 200U);
  }
  ASSERT_EQ(client.signals.asked.size(), 1U);
  EXPECT_TRUE(client.signals.asked[0].exact);
  EXPECT_EQ(client.queries.asked.size(), 1U);
}

TEST_F(far_run, what_nobody_has_any_more_is_for_the_partition_to_refuse) {
  client.catalogues.answer = runtime::fail(errc::not_found, "no node has it");
  post(workflow + "/signals/note", lamp);
  EXPECT_FALSE(client.signals.asked.at(0).exact);
  EXPECT_EQ(client.signals.asked.at(0).typed_by, "") << "of an agent of this node, and it is none";
}

TEST_F(far_run, a_message_of_which_nobody_tells_is_refused) {
  const auto refused =
      post(workflow + "/signals/note", R"({"type":"far.v1.Typo","input":{"a":1}})");
  EXPECT_EQ(refused.code(), "invalid_argument");
  EXPECT_THAT(refused.message(), HasSubstr("far.v1.Typo"));
  client.catalogues.answer = runtime::fail(errc::unavailable, "node-2 is silent");
  EXPECT_EQ(
      post(workflow + "/signals/note", R"({"type":"far.v1.Address","input":{"town":"O"}})").code(),
      "unavailable");
  EXPECT_TRUE(client.signals.asked.empty());
}

TEST_F(far_run, its_story_is_shown_by_the_types_of_its_agent) {
  const auto schema = far_catalogue()->schema;
  client.histories.answer = std::vector<runtime::history_event>{
      {.kind = "started",
       .body_type = runtime::message_type("far.v1.Order", schema),
       .body = runtime::payload(far_order())},
      {.kind = "step_scheduled",
       .body_type = {.kind = runtime::value_type::form::list,
                     .parts = {runtime::message_type("far.v1.Address", schema)}},
       .body = runtime::payload(std::string("6:\x0A\x04Oslo"))}};
  const auto events = get(workflow + "/history").json.at("events");
  EXPECT_EQ(events[0].at("body").at("to").at("town"), "Oslo");
  EXPECT_EQ(events[1].at("body_type"), "list<far.v1.Address>");
}

class exactness : public api_test {
 protected:
  bool is_exact(const std::string& body) {
    const auto before = client.signals.asked.size();
    EXPECT_EQ(post(workflow + "/signals/note", body).status, 200U) << body;
    return client.signals.asked.at(before).exact;
  }
};

TEST_F(exactness, a_signal_says_whether_the_type_was_that_of_an_agent_here) {
  EXPECT_FALSE(is_exact(R"({"input":"hi"})"));
  EXPECT_TRUE(is_exact(R"({"input":"hi","type":"google.protobuf.StringValue"})"));
  EXPECT_EQ(post(workflow + "/signals/note", R"({"input":"hi","type":"nobody.Knows"})").code(),
            "invalid_argument");
}

TEST_F(exactness, without_agents_only_bytes_are_exact) {
  client.hosted.clear();
  EXPECT_FALSE(is_exact(R"({"input":"hi"})"));
  EXPECT_FALSE(is_exact(R"({"input":{"a":1}})"));
  EXPECT_TRUE(is_exact(R"({"input":{"base64":"CgJoaQ=="}})"));
  EXPECT_TRUE(is_exact(R"({"input":null})"));
  EXPECT_TRUE(is_exact("{}"));
}

TEST_F(api_test, a_query_gives_its_answer) {
  client.queries.answer = runtime::payload(std::string("\x0A\x01x", 3));
  const auto answer = post(workflow + "/queries/where?run_id=r9", R"({"input":{"created":1}})");
  EXPECT_EQ(answer.status, 200U) << answer.response.body;
  EXPECT_EQ(answer.json.at("output_type"), "google.protobuf.Method");
  EXPECT_EQ(answer.json.at("output").at("name"), "x");
  EXPECT_EQ(client.queries.asked.at(0).target.run_id, "r9");
  EXPECT_EQ(client.queries.asked.at(0).name, "where");
  EXPECT_EQ(post(workflow + "/queries/where").status, 200U) << "a body is not needed";
}

TEST_F(api_test, controls_need_no_body) {
  using enum runtime::control_verb;
  client.controls.answer = runtime::start_reply{"a/b", "r1", false, false};
  const std::vector<std::pair<const char*, runtime::control_verb>> verbs{
      {"cancel", cancel}, {"terminate", terminate}, {"pause", pause}, {"resume", resume}};
  for (const auto& [name, verb] : verbs) {
    EXPECT_EQ(post(workflow + "/" + name).status, 200U);
    EXPECT_EQ(client.controls.asked.back().verb, verb);
    EXPECT_EQ(client.controls.asked.back().target.workflow_id, "a/b");
  }
  post(workflow + "/terminate", R"({"reason":"enough","request_key":"k"})");
  EXPECT_EQ(client.controls.asked.back().reason, "enough");
  EXPECT_EQ(client.controls.asked.back().request_key, "k");
  EXPECT_EQ(post(workflow + "/pause", R"({"reason":")" + std::string(4097, 'x') + "\"}").status,
            413U);
}

TEST_F(api_test, in_a_cluster_it_is_told_which_nodes_have_which_agents) {
  EXPECT_FALSE(get("/v1/agents").json.contains("hosts")) << "this node's log is its own";
  client.hosts = {{"audit", "carter", "node-2", "b7"}, {"audit", "courier", "node-1", "b1"}};
  const auto answer = get("/v1/agents");
  EXPECT_EQ(answer.json.at("agents").size(), 2U) << "this node's, with their operations";
  EXPECT_EQ(answer.json.at("hosts"), json::parse(R"([
      {"namespace": "audit", "agent": "carter", "node": "node-2", "build": "b7"},
      {"namespace": "audit", "agent": "courier", "node": "node-1", "build": "b1"}])"));
}

TEST_F(api_test, the_cluster_is_shown_with_its_nodes_and_partitions) {
  EXPECT_EQ(get("/v1/cluster").status, 409U) << "this node's log is its own";
  client.clusters.answer = runtime::cluster_status{
      "node-1",
      "present",
      {{"node-1", "10.0.0.7:7091", "present", 2, 1, {{"audit", "carter", "b7"}}, "http://10.0.0.7"},
       {"node-2", "", "absent", 0, 0, {}}},
      {{"audit", 5, 1, "node-1", "node-2", "node-2", runtime::epoch(9), runtime::offset(131'072),
        3}}};
  EXPECT_EQ(get("/v1/cluster").json, json::parse(R"({
      "node": "node-1", "state": "present",
      "nodes": [{"node": "node-1", "state": "present", "weight": 2, "address": "10.0.0.7:7091",
                 "door": "http://10.0.0.7", "owns": 1,
                 "agents": [{"namespace": "audit", "agent": "carter", "build": "b7"}]},
                {"node": "node-2", "state": "absent", "weight": 0, "owns": 0, "agents": []}],
      "partitions": [{"namespace": "audit", "partition": 5, "number_in_namespace": 1,
                      "owner": "node-1", "holder": "node-2", "follower": "node-2", "epoch": 9,
                      "applied": 131072, "lag": 3}]})"));
}

TEST_F(api_test, a_node_is_drained_and_that_is_undone) {
  const auto drain = "/v1/cluster/nodes/node%202/drain";
  EXPECT_EQ(post(drain).status, 409U) << "this node's log is its own";
  client.drains.answer = runtime::drain_reply{"node 2", true, {"audit"}};
  EXPECT_EQ(post(drain).json,
            json::parse(R"({"node": "node 2", "drained": true, "only_here": ["audit"]})"));
  post(drain, R"({"undo": true})");
  using runtime::membership::drain_wish;
  using question = scripted_client::drain_question;
  EXPECT_EQ(client.drains.asked, (std::vector<question>{{"node 2", drain_wish::drain},
                                                        {"node 2", drain_wish::drain},
                                                        {"node 2", drain_wish::undo}}));
  EXPECT_EQ(post(drain, R"({"undo": "yes"})").status, 400U);
}

TEST_F(api_test, agents_are_listed_with_their_operations) {
  const auto answer = get("/v1/agents");
  ASSERT_EQ(answer.json.at("agents").size(), 2U);
  EXPECT_EQ(answer.json.at("agents")[0].at("operations")[1], json::parse(R"({
      "name": "deliver_once", "kind": "workflow", "input_type": "google.protobuf.Method",
      "output_type": "perdure.record.v1.RunKey", "id_template": "parcel/{request_type_url}"})"));
  EXPECT_EQ(answer.json.at("agents")[1].at("operations")[0],
            json::parse(R"({"name":"file","kind":"workflow"})"));
}

TEST_F(api_test, status_and_readiness_come_from_the_node) {
  runtime::node_status node{.ready = false, .node = "n1", .build = "b1"};
  node.partitions = {{.name_space = "audit",
                      .partition = 5,
                      .number_in_namespace = 1,
                      .state = "claiming",
                      .applied = runtime::offset(7),
                      .open_runs = 2}};
  client.statuses.answer = node;
  const auto status = get("/v1/status");
  EXPECT_EQ(status.json.at("ready"), false);
  EXPECT_EQ(status.json.at("partitions")[0].at("applied"), 7);
  const auto waiting = get("/readyz");
  EXPECT_EQ(waiting.status, 503U);
  EXPECT_THAT(waiting.message(), HasSubstr("partition 1 of namespace audit is claiming"));
  EXPECT_NE(waiting.response.header("Retry-After"), nullptr);
  client.statuses.answer->ready = true;
  EXPECT_EQ(get("/readyz").status, 200U);
}

TEST_F(api_test, health_asks_nobody) {
  client.statuses.answer = runtime::fail(errc::unavailable, "not started");
  EXPECT_EQ(get("/healthz").json, json::parse(R"({"status":"ok"})"));
  EXPECT_TRUE(client.statuses.asked.empty());
  EXPECT_EQ(get("/readyz").status, 503U);
}

TEST_F(api_test, every_error_of_the_gateway_has_its_status) {
  const std::vector<std::pair<errc, unsigned>> expected{
      {errc::invalid_argument, 400}, {errc::not_found, 404},   {errc::already_exists, 409},
      {errc::denied, 403},           {errc::too_large, 413},   {errc::too_late, 410},
      {errc::overloaded, 429},       {errc::unavailable, 503}, {errc::timed_out, 504},
      {errc::outcome_unknown, 500},  {errc::corrupt, 500},     {errc::unsupported_format, 500},
      {errc::io_failed, 500},        {errc::no_space, 507},    {errc::locked, 500},
      {errc::failed_state, 409}};
  for (const auto& [code, status] : expected) {
    client.descriptions.answer = runtime::fail(code, "what to do");
    const auto answer = get(workflow);
    EXPECT_EQ(answer.status, status) << runtime::name(code);
    EXPECT_EQ(answer.code(), runtime::name(code));
    EXPECT_EQ(answer.message(), "what to do");
    const bool retry = code == errc::overloaded || code == errc::unavailable;
    EXPECT_EQ(answer.response.header("Retry-After") != nullptr, retry) << runtime::name(code);
  }
}

TEST_F(api_test, unknown_paths_and_methods_are_refused) {
  EXPECT_EQ(get("/").status, 404U);
  EXPECT_EQ(get("/v1").status, 404U);
  EXPECT_EQ(get("/v1/healthz").status, 404U);
  EXPECT_EQ(get("/v1/namespaces/audit/workflows/../../../healthz").status, 400U);
  const auto wrong = post("/v1/agents");
  EXPECT_EQ(wrong.status, 405U);
  EXPECT_EQ(*wrong.response.header("Allow"), "GET");
  EXPECT_EQ(get(workflow + "/cancel").status, 405U);
}

TEST_F(api_test, a_get_with_a_body_is_refused) {
  EXPECT_EQ(finished(*begin(http_method::get, "/v1/agents", "{}")).status, 400U);
}

TEST_F(api_test, web_pages_of_other_origins_are_kept_out) {
  const auto status = [this](std::vector<transport::http_header> headers) {
    return finished(*begin(http_method::get, "/healthz", {}, std::move(headers))).status;
  };
  EXPECT_EQ(status({{"Host", "localhost:7080"}}), 200U);
  EXPECT_EQ(status({{"Host", "127.0.0.1:7080"}}), 200U);
  EXPECT_EQ(status({{"Host", "[::1]:7080"}}), 200U);
  EXPECT_EQ(status({{"Host", "10.0.0.1"}}), 200U);
  EXPECT_EQ(status({{"Host", "evil.example"}}), 403U) << "its name may resolve to us";
  EXPECT_EQ(status({{"Host", "localhost.evil.example:7080"}}), 403U);
  EXPECT_EQ(status({{"Host", "127.0.0.1.evil.example"}}), 403U);
  EXPECT_EQ(status({{"Host", "localhost"}, {"Origin", "http://evil.example"}}), 403U);
  EXPECT_EQ(status({{"Host", "localhost"}, {"Origin", "null"}}), 403U);
  EXPECT_EQ(status({{"Host", "localhost:1"}, {"Origin", "http://localhost:1"}}), 200U);
}

TEST_F(api_test, allowed_hosts_are_added_by_name) {
  options.allowed_hosts = {"node.example"};
  const auto status = [this](const char* host) {
    return finished(*begin(http_method::get, "/healthz", {}, {{"Host", host}})).status;
  };
  EXPECT_EQ(status("Node.Example:80"), 200U);
  EXPECT_EQ(status("other.example"), 403U);
}

TEST_F(api_test, answers_are_not_cached_and_not_guessed_at) {
  for (const auto& answer : {get("/healthz"), get("/none")}) {
    EXPECT_EQ(*answer.response.header("Cache-Control"), "no-store");
    EXPECT_EQ(*answer.response.header("X-Content-Type-Options"), "nosniff");
  }
}

}  // namespace
}  // namespace perdure::nexus
