#include "nexus/door/message_door.hpp"

#include "nexus/door/door_metrics.hpp"
#include "nexus/door/door_wire.hpp"
#include "tests/unit/nexus/api_fixture.hpp"
#include "tests/unit/nexus/door/log_by_hand.hpp"
#include "tests/unit/nexus/door/message_records.hpp"

namespace perdure::nexus {
namespace {

using runtime::errc;
using runtime::fail;
using runtime::offset;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string secret(32, 's'), other_secret(32, 'o');

struct message_door_test : ::testing::Test {
  message_door_test() {
    EXPECT_TRUE(keys.read_all());
    door.open(log, {{"beta", beta}});
    door.know({{"alpha", {alpha, {}}}, {"gamma", {{9, 1, runtime::incarnation(7)}, {}}}});
  }

  static std::string delivery(std::initializer_list<std::string> records) {
    door_wire::Delivery all;
    for (const auto& record : records) {
      auto& one = *all.add_entries();
      one.set_partition(home_of("w").value);
      one.set_record(record);
    }
    return all.SerializeAsString();
  }
  transport::http_request request(std::string body, const std::string& from = "alpha",
                                  const std::string& with = secret) const {
    const auto key = make_door_key(with);
    transport::http_request made{.method = transport::http_method::post,
                                 .target = "/v1/doors/beta",
                                 .body = std::move(body)};
    made.headers = {
        {std::string(door_from_header), from},
        {std::string(door_key_header), key.id},
        {std::string(door_signature_header), sign(key, {"POST", made.target, from, made.body})}};
    return made;
  }
  std::shared_ptr<kept_answer> ask(transport::http_request what) {
    auto answer = std::make_shared<kept_answer>();
    door.handle(std::move(what), transport::http_responder(answer));
    return answer;
  }
  /// "status: message" of a refusal.
  std::string refusal(transport::http_request what) {
    const auto answer = ask(std::move(what));
    if (!answer->response) return "no answer";
    return fmt::format("{}: {}", answer->response->status, answer->response->body);
  }
  static std::uint32_t durable(const kept_answer& answer) {
    door_wire::Receipt receipt;
    EXPECT_TRUE(receipt.ParseFromString(answer.response->body));
    return receipt.durable_size() == 1 ? receipt.durable(0).entries() : 99;
  }

  still_clock clock;
  std::string keys_of_alpha = secret;
  door_keys keys{
      {{"alpha", [this] { return keys_of_alpha; }}, {"delta", [] { return other_secret; }}}, clock};
  std::vector<std::string> said;
  log_by_hand log;
  message_door door{
      keys,
      [this](runtime::log_line::level, std::string line) { said.push_back(std::move(line)); },
      {.bytes_in_flight = 50'000}};
};

TEST_F(message_door_test, answers_when_what_it_was_given_is_durable) {
  const auto body = delivery({message_record({}), message_record({.number = 2})});
  const auto what = request(body);
  const auto answer = ask(what);
  EXPECT_EQ(log.waiting(), 1u) << "one request for the partition";
  EXPECT_THAT(log.records(), ElementsAre(message_record({}), message_record({.number = 2})));
  EXPECT_FALSE(answer->response);
  log.settle(offset(77));
  ASSERT_TRUE(answer->response);
  EXPECT_EQ(answer->response->status, 200u);
  EXPECT_EQ(durable(*answer), 2u);
  EXPECT_EQ(*answer->response->header(door_signature_header),
            sign_answer(make_door_key(secret), *what.header(door_signature_header), 200,
                        answer->response->body));
  EXPECT_EQ(door.statistics().messages, 2u);
}

TEST_F(message_door_test, rule_3_3_says_how_many_are_durable_before_the_first_that_is_not) {
  log.limit = 2 * (message_record({}).size() + 64);  // two of these records
  const auto body = delivery({message_record({.number = 1}), message_record({.number = 2}),
                              message_record({.number = 3}), message_record({.number = 4}),
                              message_record({.number = 5}), message_record({.number = 6})});
  const auto answer = ask(request(body));
  ASSERT_EQ(log.waiting(), 3u);
  log.settle(offset(1));
  log.settle(fail(errc::outcome_unknown, "who knows"));
  EXPECT_FALSE(answer->response);
  log.settle(offset(9));
  ASSERT_TRUE(answer->response);
  EXPECT_EQ(answer->response->status, 503u);
  EXPECT_EQ(durable(*answer), 2u) << "what is behind a gap has not been taken";
  EXPECT_EQ(door.statistics().refused[static_cast<int>(door_refusal::not_durable)], 1u);
}

TEST_F(message_door_test, what_is_not_signed_by_a_shared_key_is_refused) {
  const auto body = delivery({message_record({})});
  EXPECT_THAT(refusal(request(body, "alpha", other_secret)),
              HasSubstr("401: {\"error\":{\"code\":\"denied\",\"message\":\"the key is none"));
  EXPECT_THAT(refusal(request(body, "gamma")), HasSubstr("no key is shared"));
  auto changed = request(body);
  changed.body = delivery({message_record({.content = "another"})});
  EXPECT_THAT(refusal(changed), HasSubstr("the signature does not fit"));
  changed = request(body);
  changed.target = "/v1/doors/gamma";
  EXPECT_THAT(refusal(changed), HasSubstr("the signature does not fit"));
  changed = request(body);
  changed.headers.clear();
  EXPECT_THAT(refusal(changed), HasSubstr("is signed"));
  EXPECT_THAT(log.records(), IsEmpty());
  EXPECT_EQ(door.statistics().refused[static_cast<int>(door_refusal::not_signed)], 5u);
  for (const auto& line : said) EXPECT_THAT(line, ::testing::Not(HasSubstr(secret)));
}

TEST_F(message_door_test, a_key_that_was_changed_is_found_without_a_restart) {
  const auto body = delivery({message_record({})});
  keys_of_alpha = other_secret + "\n" + secret;
  const auto answer = ask(request(body, "alpha", other_secret));
  log.settle(offset(1));
  EXPECT_EQ(answer->response->status, 200u);
}

TEST_F(message_door_test, nothing_of_a_delivery_gets_in_if_one_record_may_not) {
  EXPECT_THAT(
      refusal(request(delivery({message_record({}), message_record({.caller_namespace = "x"})}))),
      HasSubstr("403: "));
  EXPECT_THAT(refusal(request(delivery({message_record({}), "no record"}))), HasSubstr("400: "));
  EXPECT_THAT(refusal(request("no delivery")), HasSubstr("400: "));
  EXPECT_THAT(refusal(request("")), HasSubstr("400: "));
  EXPECT_THAT(log.records(), IsEmpty());
  EXPECT_THAT(said, ::testing::Contains(HasSubstr("the door refuses messages of alpha: ")));
}

TEST_F(message_door_test, a_message_that_the_log_cannot_take_is_refused_by_name) {
  log.limit = 100;
  EXPECT_THAT(refusal(request(delivery({message_record({.content = std::string(100, 'x')})}))),
              HasSubstr("413: "));
}

TEST_F(message_door_test, more_than_it_may_hold_is_refused_for_now) {
  log.limit = 1'000'000;
  const auto large = delivery({message_record({.content = std::string(30'000, 'x')})});
  ask(request(large));
  EXPECT_THAT(refusal(request(large)), HasSubstr("429: "));
  log.settle(offset(1));
  ask(request(large));
  EXPECT_EQ(log.waiting(), 1u) << "there is room again";
  log.settle(offset(2));
}

TEST_F(message_door_test, who_the_registry_does_not_have_yet_is_to_come_again) {
  EXPECT_THAT(refusal(request(delivery({message_record({})}), "delta", other_secret)),
              HasSubstr("503: "));
}

TEST_F(message_door_test, a_door_is_no_api_and_none_of_other_namespaces) {
  auto what = request(delivery({message_record({})}));
  what.method = transport::http_method::get;
  EXPECT_THAT(refusal(what), HasSubstr("404: "));
  what.target = "/v1/status";
  EXPECT_THAT(refusal(what), HasSubstr("404: "));
  door.open(log, {{"epsilon", beta}});
  EXPECT_THAT(refusal(request(delivery({message_record({})}))),
              HasSubstr("this door is none of namespace 'beta'"));
}

TEST_F(message_door_test, a_closed_one_says_so) {
  door.close();
  EXPECT_THAT(refusal(request(delivery({message_record({})}))), HasSubstr("503: "));
  EXPECT_THAT(log.records(), IsEmpty());
}

TEST_F(message_door_test, a_reason_is_told_once_until_it_was_mended) {
  const auto wrong = delivery({message_record({.source = 5})});
  refusal(request(wrong));
  refusal(request(wrong));
  EXPECT_EQ(said.size(), 1u);
  log.lands_at_once = true;
  ask(request(delivery({message_record({})})));
  refusal(request(wrong));
  EXPECT_EQ(said.size(), 2u);
}

TEST_F(message_door_test, metrics_have_each_reason) {
  refusal(request("no delivery"));
  metrics all;
  all.add_source([this] { return to_families(door.statistics()); });
  const auto text = all.exposition();
  EXPECT_THAT(text, HasSubstr("perdure_door_refused_total{reason=\"wrong\"} 1"));
  EXPECT_THAT(text, HasSubstr("perdure_door_refused_total{reason=\"not_signed\"} 0"));
  EXPECT_THAT(text, HasSubstr("perdure_door_messages_total 0"));
}

}  // namespace
}  // namespace perdure::nexus
