#include "nexus/door/delivery_check.hpp"

#include <gmock/gmock.h>

#include "tests/unit/nexus/door/message_records.hpp"

namespace perdure::nexus {
namespace {

using runtime::body_kind;
using runtime::errc;
using ::testing::HasSubstr;

/// "" or the error: "code: message".
std::string check(const std::string& record, runtime::partition_index target = home_of("w")) {
  runtime::record_decoder decoder;
  const auto checked = check_delivered(decoder, {"alpha", alpha, beta}, target, record);
  return checked ? "" : fmt::format("{}: {}", name(checked.error().code), checked.error().message);
}

TEST(delivery_check, messages_of_every_kind_pass_whatever_their_number) {
  EXPECT_EQ(check(message_record({})), "");
  EXPECT_EQ(check(message_record({.number = 99})), "") << "a gap is apply's to judge";
  EXPECT_EQ(check(message_record({.kind = body_kind::signal})), "");
  for (const auto reply : {body_kind::call_started, body_kind::call_result, body_kind::call_cancel})
    EXPECT_EQ(check(message_record({.kind = reply}), runtime::partition_index(8)), "");
}

TEST(delivery_check, rule_3_6_nobody_speaks_for_another_namespace) {
  EXPECT_THAT(check(message_record({.caller_namespace = "gamma"})),
              HasSubstr("denied: a message of namespace 'alpha' says that it is of 'gamma'"));
  EXPECT_THAT(check(message_record({.kind = body_kind::signal, .caller_namespace = "beta"})),
              HasSubstr("denied"));
  EXPECT_THAT(check(message_record({.source = 5})), HasSubstr("denied: a message of partition 5"));
  EXPECT_THAT(check(message_record({.source = 0})), HasSubstr("denied"));
  EXPECT_THAT(check(message_record({.log = 0xB})), HasSubstr("denied"));
}

TEST(delivery_check, a_message_goes_where_its_workflow_is) {
  const auto elsewhere = runtime::partition_index(home_of("w").value == 5 ? 6 : 5);
  EXPECT_THAT(check(message_record({}), elsewhere), HasSubstr("which does not have it"));
  EXPECT_THAT(check(message_record({}), runtime::partition_index(4)),
              HasSubstr("none of the namespace of this door"));
  EXPECT_THAT(check(message_record({.kind = body_kind::call_result}), runtime::partition_index(9)),
              HasSubstr("none of the namespace of this door"));
}

/// Invariant 21: what would stop a partition, or decide for it, never gets in.
TEST(delivery_check, only_whole_messages_that_this_build_knows_get_in) {
  auto record = message_record({});
  record.back() ^= 1;
  EXPECT_THAT(check(record), HasSubstr("corrupt"));
  EXPECT_THAT(check("no record"), HasSubstr("corrupt"));
  EXPECT_THAT(check(""), HasSubstr("corrupt"));
  EXPECT_THAT(check(message_record({}) + "more"), HasSubstr("corrupt"));
  runtime::wire::Claim claim;
  claim.set_session(7);
  std::string bytes;
  runtime::encode_record(bytes, {runtime::record_kind::claim, {1}, {}}, claim);
  EXPECT_THAT(check(bytes),
              HasSubstr("denied: a record of kind claim: a door takes messages only"));
  EXPECT_THAT(check(message_record({.kind = static_cast<body_kind>(77)})),
              HasSubstr("unsupported_format: a message of kind 77"));
  EXPECT_THAT(check(message_record({.number = 0})), HasSubstr("without a number"));
}

}  // namespace
}  // namespace perdure::nexus
