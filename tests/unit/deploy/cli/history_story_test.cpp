#include "deploy/cli/history_story.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/deploy/cli/scripted_node.hpp"

namespace perdure::deploy {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view events = R"([
  {"offset": 1, "time": "2026-01-02T03:04:05.100000Z", "turn": 1, "kind": "started", "build": "9f3c",
   "result": "ok", "body": {"name": "first"}},
  {"offset": 1, "time": "2026-01-02T03:04:05.100000Z", "turn": 1, "kind": "step_scheduled", "name": "fetch",
   "thing": 1, "build": "9f3c", "result": "ok", "detail": "at most once", "body": "https://x"},
  {"offset": 5, "time": "2026-01-02T03:04:06.000000Z", "turn": 2, "kind": "step_failed", "name": "fetch",
   "thing": 1, "attempt": 1, "result": "failed", "took_us": 73000, "build": "9f3c",
   "failure": {"kind": "failed", "type": "refused", "message": "no route"}},
  {"offset": 6, "time": "2026-01-02T03:04:07.000000Z", "turn": 3, "kind": "step_completed", "name": "fetch",
   "thing": 1, "attempt": 2, "result": "ok", "took_us": 1250000, "build": "9f3c", "body": {"base64": "AAECAw=="}},
  {"offset": 7, "time": "2026-01-02T03:04:07.000000Z", "turn": 3, "kind": "call_scheduled", "name": "p/Decide",
   "thing": 2, "target": "legal/licence/MIT", "build": "9f3c", "result": "ok", "body": {"key": "MIT"}},
  {"offset": 7, "time": "2026-01-02T03:04:07.000000Z", "turn": 3, "kind": "timer_started", "thing": 3,
   "due": "2026-01-03T00:00:00.500000Z", "build": "9f3c", "result": "ok"},
  {"offset": 8, "time": "2026-01-03T00:00:00.500000Z", "turn": 4, "kind": "timer_fired", "thing": 3,
   "build": "a000", "result": "ok"},
  {"offset": 9, "time": "2026-01-03T00:00:01.000000Z", "turn": 5, "kind": "completed", "build": "a000",
   "result": "ok", "body": {"pages": 3}},
  {"offset": 10, "time": "2026-01-03T00:00:02.000000Z", "turn": 6, "kind": "hibernated", "name": "x",
   "thing": 9, "build": "a000", "result": "ok", "detail": "a kind of tomorrow"}
])";

TEST(history_story, reads_like_one) {
  EXPECT_EQ(tell_story(json::parse(events), 0, value_length::one_line),
            "build 9f3c\n"
            "2026-01-02 (UTC)\n"
            "03:04:05.100  started, given {\"name\":\"first\"}\n"
            "03:04:05.100  asks for step 1 fetch, at most once, given https://x\n"
            "03:04:06.000  step 1 fetch failed after 73 ms: refused: no route\n"
            "03:04:07.000  step 1 fetch (attempt 2) done after 1.2 s, gave 4 bytes\n"
            "03:04:07.000  makes call 2 p/Decide of legal/licence/MIT, given {\"key\":\"MIT\"}\n"
            "03:04:07.000  starts timer 3, due 2026-01-03 00:00:00.500\n"
            "from here on build a000\n"
            "2026-01-03 (UTC)\n"
            "00:00:00.500  timer 3 fired\n"
            "00:00:01.000  completed with {\"pages\":3}\n"
            "00:00:02.000  hibernated 9 x: a kind of tomorrow\n");
}

TEST(history_story, fits_the_terminal) {
  const auto story = tell_story(json::parse(events), 40, value_length::one_line);
  EXPECT_THAT(story, HasSubstr("03:04:05.100  asks for step 1 fetch, at…\n"));
}

TEST(history_story, shows_values_in_full_if_asked) {
  const auto story = tell_story(json::parse(events), 40, value_length::whole);
  EXPECT_THAT(story, HasSubstr("03:04:05.100  started, given\n"
                               "              {\n"
                               "                \"name\": \"first\"\n"
                               "              }\n"));
}

TEST(history_story, a_value_cannot_command_the_terminal) {
  const auto event = json::parse(
      R"([{"time": "2026-01-02T03:04:05.100000Z", "kind": "started", "body": "a\u001b[2Jb\r\nc"}])");
  for (const auto length : {value_length::one_line, value_length::whole}) {
    const auto story = tell_story(event, 0, length);
    EXPECT_THAT(story, Not(HasSubstr("\x1B")));
    EXPECT_THAT(story, Not(HasSubstr("\r")));
  }
}

TEST(history_story, does_without_values_and_times) {
  EXPECT_EQ(tell_story(json::parse(R"([{"kind": "started"}, {"kind": "completed"},
                                       {"kind": "step_completed", "thing": 1, "name": "x"}])"),
                       0, value_length::one_line),
            "              started\n              completed\n              step 1 x done\n");
}

TEST(workflow_history, reads_all_pages) {
  scripted_node node;
  node.answers(R"({"events": [{"kind": "started"}], "next_page": "1"})");
  node.answers(R"({"events": [{"kind": "completed"}], "next_page": ""})");
  const auto end = node.run({"workflow", "history", "a/b", "--run", "r"});
  EXPECT_THAT(end.out, HasSubstr("completed"));
  EXPECT_EQ(node.requests.at(1).path,
            "/v1/namespaces/default/workflows/a%2Fb/history?limit=1000&run_id=r&page=1");
}

TEST(words, durations_read_well) {
  EXPECT_EQ(duration_in_words(12), "12 us");
  EXPECT_EQ(duration_in_words(73'000), "73 ms");
  EXPECT_EQ(duration_in_words(1'250'000), "1.2 s");
  EXPECT_EQ(duration_in_words(184'000'000), "3 min 4 s");
  EXPECT_EQ(duration_in_words(7'500'000'000), "2 h 5 min");
  EXPECT_EQ(duration_in_words(183'600'000'000), "2 d 3 h");
}

}  // namespace
}  // namespace perdure::deploy
