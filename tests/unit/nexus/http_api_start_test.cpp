#include <google/protobuf/api.pb.h>

#include "perdure/record/v1/record.pb.h"
#include "tests/unit/nexus/api_fixture.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;
using testing::HasSubstr;

const std::string workflows = "/v1/namespaces/audit/workflows";

struct start_test : api_test {
  start_test() { client.starts.answer = runtime::start_reply{"w1", "r1", false, false}; }
};

TEST_F(start_test, passes_everything_on) {
  const auto answer = post(workflows, R"({
    "agent": "courier", "operation": "deliver", "workflow_id": "a/b", "request_key": "k",
    "id_policy": "attach", "timeout": "72h", "delay": "500ms", "input": {"name": "box"}})");
  EXPECT_EQ(answer.status, 201U);
  EXPECT_EQ(answer.json,
            nlohmann::json::parse(
                R"({"workflow_id":"w1","run_id":"r1","duplicate":false,"attached":false})"));
  ASSERT_EQ(client.starts.asked.size(), 1U);
  const auto& request = client.starts.asked[0];
  EXPECT_EQ(request.name_space, "audit");
  EXPECT_EQ(request.agent, "courier");
  EXPECT_EQ(request.operation, "deliver");
  EXPECT_EQ(request.workflow_id, "a/b");
  EXPECT_EQ(request.request_key, "k");
  EXPECT_EQ(request.policy, runtime::id_policy::attach);
  EXPECT_EQ(request.timeout, runtime::seconds(72 * 3600));
  EXPECT_EQ(request.delay, runtime::milliseconds(500));
  google::protobuf::Method parcel;
  ASSERT_TRUE(parcel.ParseFromString(std::string(request.input.view())));
  EXPECT_EQ(parcel.name(), "box");
}

TEST_F(start_test, needs_only_agent_and_operation) {
  EXPECT_EQ(post(workflows, R"({"agent":"clerk","operation":"file"})").status, 201U);
  const auto& request = client.starts.asked.at(0);
  EXPECT_EQ(request.workflow_id, "");
  EXPECT_EQ(request.policy, runtime::id_policy::reject_running);
  EXPECT_TRUE(request.input.empty());
  EXPECT_TRUE(client.results.asked.empty()) << "it does not wait unless asked to";
}

/// Another node has the carter, whose orders are of a type that no test has.
struct far_start : start_test {
  far_start() { client.catalogues.answer = far_catalogue(); }
  static std::string body(const std::string& rest) {
    return R"({"agent":"carter","operation":"cart")" + rest + "}";
  }
};

TEST_F(far_start, an_agent_of_another_node_is_started_by_what_that_node_tells) {
  const auto taken =
      post(workflows, body(R"(,"input":{"item":"lamp","count":2,"to":{"town":"Oslo"}})"));
  EXPECT_EQ(taken.status, 201U) << taken.response.body;
  EXPECT_EQ(client.catalogues.asked.at(0), (runtime::agent_address{"audit", "carter"}));
  EXPECT_EQ(client.starts.asked.at(0).input.view(), far_order());
  EXPECT_EQ(client.starts.asked.at(0).workflow_id, "load/lamp") << "made as the agent makes ids";
  post(workflows, body(R"(,"workflow_id":"own","input":{"item":"lamp"})"));
  EXPECT_EQ(client.starts.asked.at(1).workflow_id, "own");
}

TEST_F(far_start, what_the_agent_does_not_take_is_refused_as_its_own_node_would) {
  const auto wrong = post(workflows, body(R"(,"input":{"weight":3})"));
  EXPECT_EQ(wrong.code(), "invalid_argument");
  EXPECT_THAT(wrong.message(), HasSubstr("far.v1.Order"));
  const auto nothing = post(workflows, R"({"agent":"carter","operation":"fly"})");
  EXPECT_EQ(nothing.code(), "not_found");
  EXPECT_THAT(nothing.message(), HasSubstr("it has: cart"));
  EXPECT_TRUE(client.starts.asked.empty());
}

TEST_F(far_start, it_waits_until_that_node_has_told) {
  client.catalogues.hold = true;
  const auto waits = begin(transport::http_method::post, workflows, body(R"(,"workflow_id":"w")"));
  EXPECT_EQ(waits->count, 0);
  client.catalogues.let_go();
  EXPECT_EQ(finished(*waits).status, 201U);
}

TEST_F(far_start, its_result_is_shown_by_what_that_node_tells) {
  client.results.answer = runtime::run_result{
      "w1", "r1", runtime::run_status::completed,
      runtime::message_type("far.v1.Order", (*client.catalogues.answer)->schema),
      runtime::payload(far_order())};
  const auto done = post(workflows, body(R"(,"workflow_id":"w","wait":"1s")"));
  EXPECT_EQ(done.json.at("output_type"), "far.v1.Order");
  EXPECT_EQ(done.json.at("output"),
            nlohmann::json::parse(R"({"item":"lamp","count":2,"to":{"town":"Oslo"}})"));
}

/// None of the nodes that have the agent answers.
struct silent_start : start_test {
  silent_start() {
    client.catalogues.answer =
        runtime::fail(errc::unavailable, "agent 'carter' is node 'node-2''s, which is silent");
  }
};

TEST_F(silent_start, an_agent_that_nobody_tells_of_is_started_with_exact_bytes_and_an_id) {
  const auto taken =
      post(workflows,
           R"({"agent":"carter","operation":"cart","workflow_id":"w","input":{"base64":"AQI="}})");
  EXPECT_EQ(taken.status, 201U);
  EXPECT_EQ(client.starts.asked.at(0).input.view(), "\x01\x02");
  EXPECT_EQ(client.starts.asked.at(0).workflow_id, "w");
  EXPECT_EQ(post(workflows, R"({"agent":"carter","operation":"cart","workflow_id":"w"})").status,
            201U);
}

TEST_F(silent_start, what_only_the_nodes_of_an_agent_know_is_not_guessed) {
  for (const std::string body :
       {R"({"agent":"carter","operation":"cart","workflow_id":"w","input":{"name":"box"}})",
        R"({"agent":"carter","operation":"cart","workflow_id":"w","input":"text"})",
        R"({"agent":"carter","operation":"cart"})"}) {
    const auto refused = post(workflows, body);
    EXPECT_EQ(refused.code(), "unavailable") << body;
    EXPECT_THAT(refused.message(), HasSubstr("node-2"));
    EXPECT_THAT(refused.message(), HasSubstr("base64"));
  }
  EXPECT_EQ(post(workflows, R"({"agent":"carter","operation":"cart","workflow_id":".."})").code(),
            "invalid_argument");
  EXPECT_TRUE(client.starts.asked.empty());
}

TEST_F(start_test, an_agent_of_no_node_is_not_found) {
  for (const std::string agent : {"carter", "nobody"}) {
    EXPECT_EQ(
        post(workflows, R"({"agent":")" + agent + R"(","operation":"x","workflow_id":"w"})").code(),
        "not_found");
  }
}

TEST_F(start_test, functions_are_started_too) {
  EXPECT_EQ(post(workflows, R"({"agent":"courier","operation":"weigh"})").status, 201U);
}

TEST_F(start_test, the_id_is_made_as_the_operation_says) {
  post(workflows,
       R"({"agent":"courier","operation":"deliver_once","input":{"requestTypeUrl":"7"}})");
  EXPECT_EQ(client.starts.asked.at(0).workflow_id, "parcel/7");
  post(
      workflows,
      R"({"agent":"courier","operation":"deliver_once","workflow_id":"own","input":{"requestTypeUrl":"7"}})");
  EXPECT_EQ(client.starts.asked.at(1).workflow_id, "own");
  const auto empty = post(workflows, R"({"agent":"courier","operation":"deliver_once"})");
  EXPECT_EQ(empty.status, 400U);
  EXPECT_THAT(empty.message(), HasSubstr("request_type_url"));
  const auto longest = post(
      workflows, R"({"agent":"courier","operation":"deliver_once","input":{"requestTypeUrl":")" +
                     std::string(256, 'x') + "\"}}");
  EXPECT_THAT(longest.message(), HasSubstr("the limit is 256"));
}

TEST_F(start_test, a_duplicate_or_attached_start_is_200) {
  client.starts.answer = runtime::start_reply{"w1", "r1", true, false};
  EXPECT_EQ(post(workflows, R"({"agent":"clerk","operation":"file"})").status, 200U);
  client.starts.answer = runtime::start_reply{"w1", "r1", false, true};
  EXPECT_EQ(post(workflows, R"({"agent":"clerk","operation":"file"})").json.at("attached"), true);
}

TEST_F(start_test, can_wait_for_the_result) {
  record::v1::RunKey key;
  key.set_created(5);
  client.results.answer = runtime::run_result{"w1", "r1", runtime::run_status::completed,
                                              runtime::message_type("perdure.record.v1.RunKey"),
                                              runtime::payload(key.SerializeAsString())};
  const auto answer = post(workflows, R"({"agent":"courier","operation":"deliver","wait":"30s"})");
  EXPECT_EQ(answer.status, 201U);
  EXPECT_EQ(answer.json.at("status"), "completed");
  EXPECT_EQ(answer.json.at("output").at("created"), "5");
  ASSERT_EQ(client.results.asked.size(), 1U);
  EXPECT_EQ(client.results.asked[0].target.name_space, "audit");
  EXPECT_EQ(client.results.asked[0].target.workflow_id, "w1");
  EXPECT_EQ(client.results.asked[0].target.run_id, "r1");
  EXPECT_EQ(client.results.asked[0].wait, runtime::seconds(30));
}

TEST_F(start_test, a_longer_wait_counts_as_the_longest) {
  post(workflows, R"({"agent":"clerk","operation":"file","wait":"10h"})");
  EXPECT_EQ(client.results.asked.at(0).wait, runtime::seconds(60));
}

TEST_F(start_test, while_the_gateway_thinks_nothing_is_answered) {
  client.starts.hold = true;
  const auto answer =
      begin(transport::http_method::post, workflows, R"({"agent":"clerk","operation":"file"})");
  EXPECT_EQ(answer->count, 0);
  client.starts.let_go();
  EXPECT_EQ(finished(*answer).status, 201U);
}

struct refusal {
  const char* what;
  std::string body;
  unsigned status;
  const char* says;
};

class start_refuses : public start_test, public testing::WithParamInterface<refusal> {};

TEST_P(start_refuses, before_anything_is_started) {
  const auto answer = post(workflows, GetParam().body);
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_THAT(answer.message(), HasSubstr(GetParam().says));
  EXPECT_TRUE(client.starts.asked.empty());
}

INSTANTIATE_TEST_SUITE_P(
    bad_bodies, start_refuses,
    testing::Values(
        refusal{"no_body", "", 400, "\"agent\" is missing"},
        refusal{"no_json", "agent=clerk", 400, "is not JSON"},
        refusal{"no_object", "[]", 400, "must be a JSON object"},
        refusal{"no_agent", R"({"operation":"file"})", 400, "\"agent\" is missing"},
        refusal{"null_agent", R"({"agent":null,"operation":"file"})", 400, "\"agent\" is missing"},
        refusal{"no_operation", R"({"agent":"clerk"})", 400, "\"operation\" is missing"},
        refusal{"number_for_text", R"({"agent":1,"operation":"file"})", 400, "must be a string"},
        refusal{"unknown_member", R"({"agent":"clerk","operation":"file","wiat":"1s"})", 400,
                "\"wiat\" is not known here"},
        refusal{"twice", R"({"agent":"clerk","agent":"courier","operation":"file"})", 400, "twice"},
        refusal{"unknown_agent", R"({"agent":"chef","operation":"cook"})", 404, "clerk, courier"},
        refusal{"unknown_operation", R"({"agent":"clerk","operation":"cook"})", 404,
                "it has: file"},
        refusal{"a_signal", R"({"agent":"clerk","operation":"note"})", 404,
                "no workflow or function"},
        refusal{"policy", R"({"agent":"clerk","operation":"file","id_policy":"maybe"})", 400,
                "reject_running"},
        refusal{"duration", R"({"agent":"clerk","operation":"file","timeout":"soon"})", 400,
                "\"timeout\" must be a duration"},
        refusal{"numeric_duration", R"({"agent":"clerk","operation":"file","delay":5})", 400,
                "must be a string"},
        refusal{"control_characters",
                R"({"agent":"clerk","operation":"file","workflow_id":"a\u0000b"})", 400,
                "control characters"},
        refusal{"dots", R"({"agent":"clerk","operation":"file","workflow_id":".."})", 400,
                "must not be"},
        refusal{"long_id",
                R"({"agent":"clerk","operation":"file","workflow_id":")" + std::string(257, 'x') +
                    "\"}",
                413, "the limit is 256"},
        refusal{"wrong_input", R"({"agent":"courier","operation":"deliver","input":{"nmae":"x"}})",
                400, "nmae"},
        refusal{"deep_input",
                R"({"agent":"clerk","operation":"file","input":)" + std::string(70, '[') +
                    std::string(70, ']') + "}",
                400, "nested"},
        refusal{"bad_utf8", "{\"agent\":\"clerk\",\"operation\":\"\xFF\"}", 400, "is not JSON"}),
    [](const testing::TestParamInfo<refusal>& info) { return std::string(info.param.what); });

TEST_F(start_test, a_body_must_be_declared_as_json) {
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                           "application/json; charset=latin1", "multipart/form-data"}) {
    auto answer = std::make_shared<kept_answer>();
    api().handle({.method = transport::http_method::post,
                  .target = workflows,
                  .headers = {{"Content-Type", type}},
                  .body = R"({"agent":"clerk","operation":"file"})"},
                 transport::http_responder(answer));
    EXPECT_EQ(finished(*answer).status, 415U) << type;
  }
  auto answer = std::make_shared<kept_answer>();
  api().handle({.method = transport::http_method::post,
                .target = workflows,
                .headers = {{"content-type", "Application/JSON ; charset=UTF-8"}},
                .body = R"({"agent":"clerk","operation":"file"})"},
               transport::http_responder(answer));
  EXPECT_EQ(finished(*answer).status, 201U);
}

}  // namespace
}  // namespace perdure::nexus
