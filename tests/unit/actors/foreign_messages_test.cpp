// What leaves a node for namespaces that only others serve (DESIGN 3.6,
// docs/adr/0014-doors-between-processes.md), on one thread.

#include <gmock/gmock.h>

#include "runtime/author/codec.hpp"
#include "tests/unit/actors/one_thread_node.hpp"
#include "tests/world/script.hpp"

namespace perdure::actors {
namespace {

using runtime::partition_index;
using testing::call_script;
using ::testing::HasSubstr;
using testing::script_run;

constexpr partition_index beta(10);

workflow<std::string> calls(context& ctx, script_run&, std::string name_space) {
  const auto got =
      co_await call_script(ctx, name_space, "echo", "hello", {.workflow_id = "callee"}).outcome();
  co_return got ? *got : std::string(got.error().what());
}

class kept_messages final : public runtime::foreign_messages {
 public:
  void send(runtime::foreign_message message) override { all.push_back(std::move(message)); }
  std::vector<runtime::foreign_message> all;
};

class foreign_messages_test : public ::testing::Test {
 protected:
  foreign_messages_test() {
    world_.namespaces = {{"alpha", 2, {}, 3'600, 1'000}};
    world_.neighbours = {{"beta", {beta.value, 1}}};
    world_.foreign = &sent_;
    testing::add_script(world_.offered, {{"calls", &calls}});
    begin();
  }
  void begin() {
    world_.begin();
    const auto ready = std::make_shared<bool>(false);  // answers may come later
    move_until([this, ready] {
      world_.node->client().status([ready](const auto& status) { *ready = status->ready; });
      return *ready;
    });
  }
  void start(const std::string& id, const std::string& name_space) {
    runtime::start_request request;
    request.name_space = "alpha";
    request.agent = "test.Agent";
    request.operation = "calls";
    request.workflow_id = request.request_key = id;
    request.input = encode(name_space);
    world_.node->client().start(
        request, [](const auto& started) { EXPECT_TRUE(started) << started.error().message; });
  }
  template <class Done>
  void move_until(const Done& done) {
    for (int i = 0; i < 100'000 && !done(); ++i) world_.move();
    ASSERT_TRUE(done());
  }
  std::string end_of(const std::string& id) {
    const auto end = std::make_shared<std::optional<runtime::run_result>>();
    world_.node->client().result({"alpha", id, {}}, runtime::seconds(1'000'000),
                                 [end](const auto& result) { *end = result.value(); });
    move_until([end] { return end->has_value(); });
    return *end ? decode<std::string>((*end)->body) : "";
  }
  std::size_t count(runtime::record_kind kind) const {
    std::size_t found = 0;
    for (const auto& record : world_.log.records())
      found += runtime::record_view::parse(record.bytes)->front().kind == kind ? 1 : 0;
    return found;
  }
  /// The answer to that call, as beta's door or this node's takes it in.
  void answer(const runtime::foreign_message& call, const std::string& text) {
    runtime::record_decoder decoder;
    const auto asked = decoder.decode(runtime::offset(1), runtime::payload(call.record));
    const auto& from = asked->as<runtime::wire::Message>().body();
    runtime::wire::Message message;
    message.set_source_incarnation(5);
    message.set_source_partition(call.target.value);
    message.set_number(1);
    auto& body = *message.mutable_body();
    body.set_kind(static_cast<std::uint32_t>(runtime::body_kind::call_result));
    *body.mutable_caller() = from.caller();
    body.set_command(from.command());
    body.set_outcome(static_cast<std::uint32_t>(runtime::outcome::ok));
    message.set_body_payload(1);
    runtime::append_request request;
    const auto content = encode(text);
    const std::string_view payloads[] = {content.view()};
    runtime::encode_record(request.bytes, {runtime::record_kind::message, {1}, {}}, message,
                           payloads);
    request.entries.push_back({call.source, 0, static_cast<std::uint32_t>(request.bytes.size())});
    world_.log.submit(std::move(request));
  }

  kept_messages sent_;
  one_thread_node world_{1};  // without atomic batches
};

TEST_F(foreign_messages_test, rule_3_6_a_message_to_a_neighbour_never_goes_to_the_own_log) {
  start("caller", "beta");
  move_until([this] { return !sent_.all.empty(); });
  const auto& call = sent_.all.front();
  EXPECT_EQ(call.target, beta);
  EXPECT_EQ(call.number, runtime::message_number(1));
  EXPECT_EQ(count(runtime::record_kind::message), 0u);
  EXPECT_EQ(count(runtime::record_kind::sent), 0u);
  call.landed();
  move_until([this] { return count(runtime::record_kind::sent) == 1; });
  answer(call, "world");
  EXPECT_EQ(end_of("caller"), "world");
  for (const auto& record : world_.log.records()) EXPECT_LE(record.partition.value, 2u);
}

TEST_F(foreign_messages_test, rule_3_3_what_is_not_confirmed_is_sent_again_by_the_next_owner) {
  start("caller", "beta");
  move_until([this] { return !sent_.all.empty(); });
  const auto first = sent_.all.front();
  world_.crash();
  sent_.all.clear();
  begin();
  move_until([this] { return !sent_.all.empty(); });
  EXPECT_EQ(sent_.all.front().record, first.record) << "the same message";
  EXPECT_EQ(sent_.all.front().number, first.number);
}

/// What landed before an epoch began may have landed as a gap: the epoch has sent it again.
TEST_F(foreign_messages_test, rule_3_3_an_outcome_counts_only_in_the_epoch_that_sent_the_message) {
  start("caller", "beta");
  move_until([this] { return !sent_.all.empty(); });
  std::string neighbour = "other";  // of the same partition
  while (runtime::slot_of(neighbour).value % 2 != runtime::slot_of("caller").value % 2)
    neighbour += "'";
  world_.log.fails = [once = true](runtime::record_kind kind) mutable {
    std::optional<memory_log::fate> fate;
    if (kind == runtime::record_kind::turn && std::exchange(once, false))
      fate = memory_log::fate::lost;
    return fate;
  };
  start(neighbour, "gamma");
  move_until([this] { return sent_.all.size() == 2; });
  EXPECT_EQ(sent_.all[1].record, sent_.all[0].record);
  sent_.all[0].landed();
  EXPECT_THAT(end_of(neighbour), HasSubstr("not_found"));
  EXPECT_EQ(count(runtime::record_kind::sent), 0u);
  sent_.all[1].landed();
  move_until([this] { return count(runtime::record_kind::sent) == 1; });
}

TEST_F(foreign_messages_test, a_namespace_is_not_found_until_the_registry_has_it) {
  start("early", "gamma");
  EXPECT_THAT(end_of("early"), HasSubstr("not_found"));
  world_.node->know({{"beta", {beta.value, 1}}, {"gamma", {20, 2}}});
  start("late", "gamma");
  move_until([this] { return !sent_.all.empty(); });
  EXPECT_GE(sent_.all.front().target.value, 20u);
}

}  // namespace
}  // namespace perdure::actors
