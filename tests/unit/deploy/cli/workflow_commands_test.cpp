#include <cstdio>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/deploy/cli/scripted_node.hpp"

namespace perdure::deploy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using request = scripted_node::request;

TEST(workflow_start, sends_what_it_was_given) {
  scripted_node node;
  node.answers(R"({"workflow_id": "a/b", "run_id": "r.1", "duplicate": false, "attached": false})");
  const auto end =
      node.run({"workflow", "start", "agent", "Run", "--id", "a/b", "--key", "k", "--policy",
                "attach", "--timeout", "1h", "--delay", "5s", "--input", R"({"n": 1, "a": "x"})"});
  EXPECT_EQ(end.code, exit_code::ok) << end.err;
  EXPECT_EQ(end.out, "a/b started (run r.1)\n");
  EXPECT_THAT(node.requests,
              ElementsAre(request{"POST", "/v1/namespaces/default/workflows",
                                  json::parse(R"({"agent": "agent", "operation": "Run",
                                                  "workflow_id": "a/b", "request_key": "k",
                                                  "id_policy": "attach", "timeout": "3600000000us",
                                                  "delay": "5000000us", "input": {"n": 1, "a": "x"}})")}));
}

TEST(workflow_start, without_input_sends_none) {
  scripted_node node;
  node.answers(R"({"workflow_id": "w", "run_id": "r", "duplicate": false, "attached": false})");
  node.run({"workflow", "start", "agent", "Run"});
  EXPECT_EQ(node.requests.at(0).body, json::parse(R"({"agent": "agent", "operation": "Run"})"));
}

TEST(workflow_start, tells_what_was_there_before) {
  scripted_node node;
  node.answers(R"({"workflow_id": "w", "run_id": "r", "duplicate": true, "attached": false})");
  EXPECT_THAT(node.run({"workflow", "start", "a", "b"}).out, HasSubstr("was started before"));
  node.answers(R"({"workflow_id": "w", "run_id": "r", "duplicate": false, "attached": true})");
  EXPECT_THAT(node.run({"workflow", "start", "a", "b"}).out, HasSubstr("is there already"));
}

TEST(workflow_start, reads_input_from_standard_input) {
  scripted_node node;
  node.input = "[1, 2]";
  node.answers(R"({"workflow_id": "w", "run_id": "r"})");
  node.run({"workflow", "start", "a", "b", "--input-file", "-"});
  EXPECT_EQ(node.requests.at(0).body["input"], json::parse("[1, 2]"));
}

TEST(workflow_start, input_that_is_no_json_is_refused_with_advice) {
  scripted_node node;
  const auto end = node.run({"workflow", "start", "a", "b", "--input", "hello"});
  EXPECT_EQ(end.code, exit_code::usage);
  EXPECT_THAT(end.err, HasSubstr("quotes"));
  for (const std::string bad : {"/tmp", "/dev/zero"}) {  // a directory; what never ends
    const auto end = node.run({"workflow", "start", "a", "b", "--input-file", bad});
    EXPECT_EQ(end.code, exit_code::usage);
    EXPECT_THAT(end.err, testing::HasSubstr(bad));
  }
  EXPECT_EQ(node.run({"workflow", "start", "a", "b", "--input-file", "/nonexistent"}).code,
            exit_code::not_found);
  EXPECT_THAT(node.requests, IsEmpty());
}

TEST(workflow_start, may_wait_for_the_result) {
  scripted_node node;
  node.answers(R"({"workflow_id": "w", "run_id": "r.7"})");
  node.answers(
      R"({"workflow_id": "w", "run_id": "r.7", "status": "completed", "output": {"n": 3}})");
  const auto end = node.run({"workflow", "start", "a", "b", "--wait", "30s"});
  EXPECT_EQ(end.code, exit_code::ok);
  EXPECT_EQ(end.out, "{\n  \"n\": 3\n}\n");
  EXPECT_EQ(node.requests.at(1).path,
            "/v1/namespaces/default/workflows/w/result?run_id=r.7&wait=30000000us");
}

TEST(workflow_result, that_failed_ends_so_and_shows_the_causes) {
  scripted_node node;
  node.answers(R"({"workflow_id": "w", "status": "failed", "failure": {"kind": "failed",
      "type": "card_declined", "message": "no", "origin": "step `charge`", "causes":
      [{"kind": "timed_out", "type": "timed_out", "message": "no answer"}]}})");
  const auto end = node.run({"workflow", "result", "w"});
  EXPECT_EQ(end.code, exit_code::run_failed);
  EXPECT_EQ(end.out,
            "w failed: card_declined: no (step `charge`)\n  because of timed_out: no answer\n");
}

TEST(workflow_result, that_is_not_there_yet_ends_so) {
  scripted_node node;
  node.answers(R"({"workflow_id": "w", "status": "open"})");
  const auto end = node.run({"workflow", "result", "w"});
  EXPECT_EQ(end.code, exit_code::still_open);
  EXPECT_EQ(end.out, "w is open\n");
}

TEST(workflow_result, is_waited_for_across_restarts_of_the_node) {
  scripted_node node;
  node.fails("unavailable", "gone");
  node.fails("outcome_unknown", "broke off", runtime::seconds(3));
  node.fails("unavailable", "starting");
  node.answers(R"({"workflow_id": "w", "status": "open"})");
  node.answers(R"({"workflow_id": "w", "status": "completed", "output": "done"})");
  const auto end = node.run({"workflow", "result", "w", "--wait", "2min"});
  EXPECT_EQ(end.code, exit_code::ok) << end.err;
  EXPECT_EQ(end.out, "done\n");
  EXPECT_THAT(node.requests, SizeIs(5));
}

TEST(workflow_result, waiting_ends_when_its_time_is_over) {
  scripted_node node;
  for (int i = 0; i < 100; ++i) node.fails("unavailable", "gone");
  const auto end = node.run({"workflow", "result", "w", "--wait", "1s"});
  EXPECT_EQ(end.code, exit_code::unavailable);
  EXPECT_THAT(node.requests, SizeIs(6));
}

TEST(workflow_result, a_refusal_is_not_waited_out) {
  scripted_node node;
  node.fails("not_found", "no such workflow");
  EXPECT_EQ(node.run({"workflow", "result", "w", "--wait", "1h"}).code, exit_code::not_found);
  EXPECT_THAT(node.requests, SizeIs(1));
}

TEST(workflow_list, shows_a_table_that_fits) {
  scripted_node node;
  const auto* runs = R"({"runs": [
      {"workflow_id": "audit/first", "agent": "audit.v1.Coordinator", "operation": "Audit", "status": "open",
       "condition": "waiting", "detail": "waits for 16 calls and a very long list of other things",
       "started": "2026-01-02T03:04:05.000006Z"},
      {"workflow_id": "licence/MIT", "agent": "legal.v1.Policy", "operation": "Decide", "status": "completed",
       "started": "2026-01-02T03:04:06.000000Z"}], "next_page": ""})";
  node.answers(runs);
  EXPECT_EQ(
      node.run({"workflow", "list"}).out,
      "WORKFLOW     AGENT                       STATE      STARTED              DETAIL\n"
      "audit/first  audit.v1.Coordinator/Audit  waiting    2026-01-02 03:04:05  waits for 16 calls "
      "and a very long list of other things\n"
      "licence/MIT  legal.v1.Policy/Decide      completed  2026-01-02 03:04:06\n");
  node.width = 80;
  node.answers(runs);
  const auto fitted = node.run({"workflow", "list"}).out;
  EXPECT_THAT(fitted, HasSubstr("…"));
  EXPECT_THAT(fitted, HasSubstr("audit/first"));
}

TEST(workflow_list, asks_page_after_page) {
  scripted_node node;
  node.answers(R"({"runs": [{"workflow_id": "a"}], "next_page": "p 2"})");
  node.answers(R"({"runs": [{"workflow_id": "b"}], "next_page": "p 3"})");
  const auto end = node.run({"workflow", "list", "--limit", "2", "--status", "open", "--agent", "x",
                             "--prefix", "a/b", "--json"});
  EXPECT_EQ(node.requests.at(0).path,
            "/v1/namespaces/default/workflows?limit=2&status=open&agent=x&id_prefix=a%2Fb");
  EXPECT_EQ(
      node.requests.at(1).path,
      "/v1/namespaces/default/workflows?limit=1&status=open&agent=x&id_prefix=a%2Fb&page=p%202");
  const auto document = json::parse(end.out);
  EXPECT_EQ(document["runs"].size(), 2U);
  EXPECT_EQ(document["next_page"], "p 3");
}

TEST(workflow_list, of_none_says_so) {
  scripted_node node;
  node.answers(R"({"runs": [], "next_page": ""})");
  EXPECT_EQ(node.run({"workflow", "list"}).out, "none\n");
}

TEST(workflow_describe, shows_state_and_what_is_open) {
  scripted_node node;
  node.answers(
      R"({"namespace": "default", "workflow_id": "licence/MIT", "run_id": "r", "agent": "a",
      "operation": "Run", "status": "open", "condition": "waiting", "detail": "waits for 1 step", "turns": 4,
      "partition": 2, "input_type": "t", "input": {"topic": "x"}, "open": [{"number": 5, "kind": "step",
      "name": "fetch", "attempt": 2, "due": "2026-01-02T03:04:07.000000Z", "last_failure": "refused"}],
      "queued_data": 1, "queued_controls": 1})");
  const auto end = node.run({"workflow", "describe", "licence/MIT", "--run", "r/1"});
  EXPECT_EQ(node.requests.at(0).path,
            "/v1/namespaces/default/workflows/licence%2FMIT?run_id=r%2F1");
  EXPECT_THAT(end.out, HasSubstr("state      open, waiting: waits for 1 step\n"));
  EXPECT_THAT(end.out, HasSubstr("input      {\"topic\":\"x\"}\n"));
  EXPECT_THAT(end.out, HasSubstr("queued     2 inputs wait for it\n"));
  EXPECT_THAT(end.out, HasSubstr("5  step  fetch"));
  EXPECT_THAT(end.out, HasSubstr("refused"));
}

TEST(workflow_signal, sends_its_value) {
  scripted_node node;
  node.answers(R"({"workflow_id": "w", "run_id": "r", "duplicate": false})");
  const auto end = node.run({"workflow", "signal", "w", "Rule it", "--input", "{\"ok\": true}",
                             "--key", "k", "--type", "t", "--run", "r"});
  EXPECT_EQ(end.out, "w was given the signal Rule it\n");
  EXPECT_THAT(node.requests,
              ElementsAre(request{
                  "POST", "/v1/namespaces/default/workflows/w/signals/Rule%20it?run_id=r",
                  json::parse(R"({"input": {"ok": true}, "request_key": "k", "type": "t"})")}));
}

TEST(workflow_query, prints_the_answer) {
  scripted_node node;
  node.answers(R"({"output_type": "t", "output": {"done": 12}})");
  const auto end = node.run({"workflow", "query", "w", "Progress"});
  EXPECT_EQ(end.out, "{\n  \"done\": 12\n}\n");
  EXPECT_EQ(node.requests.at(0).path, "/v1/namespaces/default/workflows/w/queries/Progress");
  EXPECT_EQ(node.requests.at(0).body, json::object());
}

TEST(workflow_controls, are_four) {
  for (const std::string verb : {"cancel", "terminate", "pause", "resume"}) {
    scripted_node node;
    node.answers(R"({"workflow_id": "w", "run_id": "r", "duplicate": false})");
    const auto end = node.run({"workflow", verb, "w", "--reason", "why", "--key", "k"});
    EXPECT_EQ(end.code, exit_code::ok);
    EXPECT_THAT(end.out, HasSubstr("w is "));
    EXPECT_THAT(node.requests,
                ElementsAre(request{"POST", "/v1/namespaces/default/workflows/w/" + verb,
                                    json::parse(R"({"reason": "why", "request_key": "k"})")}));
  }
}

TEST(agents_list, shows_each_operation) {
  scripted_node node;
  node.answers(R"({"agents": [{"name": "researcher", "build": "9f3c", "operations": [
      {"name": "Research", "kind": "workflow", "input_type": "r.Query", "output_type": "r.Report",
       "id_template": "topic/{topic}"}, {"name": "Stop", "kind": "signal"}]}]})");
  const auto end = node.run({"agents", "list"});
  EXPECT_THAT(end.out, HasSubstr("researcher  Research   workflow  r.Query"));
  EXPECT_THAT(end.out, HasSubstr("researcher  Stop       signal"));
  EXPECT_EQ(node.requests.at(0).path, "/v1/agents");
}

TEST(agents_list, shows_in_a_cluster_which_nodes_have_which_agents) {
  scripted_node node;
  node.answers(R"({"agents": [], "hosts": [
      {"namespace": "n", "agent": "carter", "node": "node-2", "build": "0123456789abcdef0123"},
      {"namespace": "n", "agent": "carter", "node": "node-3", "build": "nightly of the 3rd"}]})");
  EXPECT_EQ(node.run({"agents", "list"}).out,
            "AGENT   NAMESPACE  NODE    BUILD\n"
            "carter  n          node-2  0123456789ab\n"
            "carter  n          node-3  nightly of the 3rd\n\n"
            "this node has no agents\n");
  node.answers(R"({"agents": [], "hosts": []})");
  EXPECT_THAT(node.run({"agents", "list"}).out, HasSubstr("no node of the cluster has agents"));
  node.answers(R"({"agents": [], "hosts": [{"build": "0123456789abcdef0123"}]})");
  EXPECT_THAT(node.run({"agents", "list", "--json"}).out, HasSubstr("0123456789abcdef0123"));
}

TEST(cluster_status, shows_nodes_and_whose_each_partition_is) {
  scripted_node node;
  node.answers(R"({"node": "a", "state": "present",
      "nodes": [{"node": "a", "state": "present", "weight": 2, "owns": 1,
                 "agents": [{"namespace": "n", "agent": "g", "build": "b1"},
                            {"namespace": "n", "agent": "h", "build": "0123456789abcdef0"}]}],
      "partitions": [{"namespace": "n", "number_in_namespace": 3, "owner": "a", "holder": "b",
                      "follower": "c", "epoch": 131072, "lag": 7}]})");
  const auto end = node.run({"cluster", "status"});
  EXPECT_EQ(node.requests.at(0).path, "/v1/cluster");
  EXPECT_EQ(end.out,
            "NODE  STATE    WEIGHT  OWNS  AGENTS\n"
            "a     present  2       1     n/g (b1), n/h (0123456789ab)\n\n"
            "NAMESPACE  NUMBER  OWNER  HELD BY  FOLLOWER  EPOCH   LAG\n"
            "n          3       a      b        c         131072  7\n\n"
            "lag as a sees it, which is present\n");
}

TEST(cluster_drain, asks_for_it_and_says_what_waits_then) {
  scripted_node node;
  node.answers(R"({"node": "node 2", "drained": true, "only_here": ["audit"]})");
  EXPECT_EQ(node.run({"cluster", "drain", "node 2"}).out,
            "node node 2 hands over all that it owns, and gets nothing until that is undone\n"
            "nobody else serves namespace 'audit': its work waits until somebody does\n");
  node.answers(R"({"node": "node 2", "drained": false, "only_here": []})");
  EXPECT_EQ(node.run({"cluster", "drain", "node 2", "--undo"}).out,
            "node node 2 gets its share again\n");
  const std::string path = "/v1/cluster/nodes/node%202/drain";
  EXPECT_THAT(node.requests, ElementsAre(request{"POST", path, json::parse(R"({"undo": false})")},
                                         request{"POST", path, json::parse(R"({"undo": true})")}));
  EXPECT_EQ(node.run({"cluster", "drain"}).code, exit_code::usage);
}

TEST(json_output, is_the_answer_of_the_api) {
  scripted_node node;
  node.answers(R"({"workflow_id": "w", "status": "failed", "failure": {"type": "x"}})");
  const auto end = node.run({"workflow", "result", "w", "--json"});
  EXPECT_EQ(end.code, exit_code::run_failed);
  EXPECT_EQ(json::parse(end.out)["failure"]["type"], "x");
}

}  // namespace
}  // namespace perdure::deploy
