// The way of messages over a real socket: from a door_client to a message_door of another node.

#include <condition_variable>

#include <gmock/gmock.h>

#include "nexus/door/door_client.hpp"
#include "nexus/door/door_metrics.hpp"
#include "nexus/door/message_door.hpp"
#include "tests/unit/nexus/door/log_by_hand.hpp"
#include "tests/unit/nexus/door/message_records.hpp"
#include "transport/http_server.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::nexus {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string secret(32, 's'), wrong_secret(32, 'w');

/// What threads say to a test.
class told {
 public:
  void add(std::string line) {
    const std::scoped_lock lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  /// False: it has not come within a minute.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return lines_.size() >= count; });
  }
  std::vector<std::string> all() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

struct one_door {
  explicit one_door(const runtime::clock& clock, const std::string& key)
      : keys({{"alpha", [key] { return key; }}}, clock) {
    EXPECT_TRUE(keys.read_all());
    log.lands_at_once = true;
    door.open(log, {{"beta", beta}});
    door.know({{"alpha", {alpha, {}}}});
    auto started = transport::http_server::start({}, door);
    EXPECT_TRUE(started);
    server = *std::move(started);
  }
  std::string address() const { return fmt::format("http://127.0.0.1:{}", server->port()); }

  door_keys keys;
  log_by_hand log;
  message_door door{keys, [](runtime::log_line::level, const std::string&) {}};
  std::unique_ptr<transport::http_server> server;
};

/// Answers everything with 200 and nothing, as a server that somebody else has put there.
struct strange_server final : transport::http_handler {
  void handle(transport::http_request, transport::http_responder responder) override {
    responder.send({.status = 200, .headers = {{std::string(door_signature_header), "feigned"}}});
  }
};

struct door_link_test : ::testing::Test {
  door_link_test() { EXPECT_TRUE(keys.read_all()); }
  ~door_link_test() override { client.stop(); }

  void send(std::uint64_t number) {
    const auto record = message_record({.number = number});
    client.send({runtime::partition_index(2), home_of("w"), runtime::message_number(number), record,
                 [this, number] { landed.add(fmt::format("{}", number)); }});
  }
  void know(std::vector<std::string> doors) { client.know({{"beta", {beta, std::move(doors)}}}); }

  transport::system_clock clock;
  transport::system_random random;
  std::string key = secret;
  std::mutex key_mutex;
  door_keys keys{{{"beta",
                   [this] {
                     const std::scoped_lock lock(key_mutex);
                     return key;
                   }}},
                 clock};
  told said, landed;
  door_client client{
      {clock, random, keys,
       [this](runtime::log_line::level, std::string line) { said.add(std::move(line)); }},
      {{"alpha", alpha}}};
};

TEST_F(door_link_test, messages_land_in_order_and_their_senders_hear_of_it) {
  one_door there(clock, secret);
  know({there.address()});
  std::vector<std::string> numbers, records;
  for (std::uint64_t number = 1; number <= 2'500; ++number) {
    send(number);
    numbers.push_back(fmt::format("{}", number));
    records.push_back(message_record({.number = number}));
  }
  ASSERT_TRUE(landed.wait_for(2'500));
  EXPECT_EQ(landed.all(), numbers);
  EXPECT_EQ(there.log.records(), records);
  EXPECT_EQ(client.statistics().front().delivered, 2'500u);
  EXPECT_EQ(client.statistics().front().waiting, 0u);
}

TEST_F(door_link_test, what_waits_goes_when_a_door_is_announced) {
  send(1);
  EXPECT_THAT(client.statistics(), IsEmpty()) << "nobody knows whose that partition is";
  know({});
  ASSERT_TRUE(said.wait_for(1));
  EXPECT_THAT(said.all(), ElementsAre(HasSubstr("'beta' wait: no node of namespace 'beta'")));
  one_door there(clock, secret);
  know({there.address()});
  ASSERT_TRUE(landed.wait_for(1));
  EXPECT_TRUE(said.wait_for(2));
  EXPECT_THAT(said.all(), Contains("messages of namespace 'alpha' to 'beta' go again"));
}

TEST_F(door_link_test, another_door_is_tried_when_one_does_not_answer) {
  one_door there(clock, secret);
  std::string gone;
  {
    one_door closed(clock, secret);
    gone = closed.address();
  }
  know({gone, there.address()});
  for (std::uint64_t number = 1; number <= 10; ++number) send(number);
  ASSERT_TRUE(landed.wait_for(10));
  EXPECT_EQ(there.log.records().size(), 10u);
}

TEST_F(door_link_test, with_the_wrong_key_they_wait_and_go_when_it_is_mended) {
  key = wrong_secret;
  ASSERT_TRUE(keys.read_all());
  one_door there(clock, secret);
  know({there.address()});
  send(1);
  send(2);
  ASSERT_TRUE(said.wait_for(1));
  EXPECT_THAT(said.all().front(),
              HasSubstr("wait: " + there.address() + ": status 401: the key is none of those"));
  EXPECT_THAT(there.log.records(), IsEmpty());
  metrics all;
  all.add_source([this] { return to_families(client.statistics()); });
  EXPECT_THAT(all.exposition(),
              HasSubstr("perdure_neighbour_waiting_messages{from=\"alpha\",to=\"beta\"} 2"));
  {
    const std::scoped_lock lock(key_mutex);
    key = secret;
  }
  ASSERT_TRUE(landed.wait_for(2));
  EXPECT_EQ(there.log.records().size(), 2u) << "each once";
}

TEST_F(door_link_test, nobody_without_the_key_can_say_that_something_is_durable) {
  strange_server stranger;
  const auto server = transport::http_server::start({}, stranger);
  ASSERT_TRUE(server);
  know({fmt::format("http://127.0.0.1:{}", (*server)->port())});
  send(1);
  ASSERT_TRUE(said.wait_for(1));
  EXPECT_THAT(said.all().front(), HasSubstr("not signed by the key that is shared"));
  EXPECT_THAT(landed.all(), IsEmpty());
  EXPECT_EQ(client.statistics().front().waiting, 1u);
}

}  // namespace
}  // namespace perdure::nexus
