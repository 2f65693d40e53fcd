// A partition that nobody leads, as long as its replicas are away, is not one that is gone.

#include <thread>

#include <gmock/gmock.h>

#include "tests/kafka_log/mock_cluster.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/system_clock.hpp"

namespace perdure::testing {
namespace {

using runtime::errc;

TEST(mock_leaderless, a_partition_that_nobody_leads_is_told_from_one_that_is_not_there) {
  mock_cluster brokers;
  brokers.create_topic("perdure.team", 2);
  brokers.set_leader("perdure.team", 0, mock_cluster::nobody);
  const transport::system_clock clock;
  const auto fetcher = *transport::kafka_fetcher::open(brokers.options(), clock);
  const auto ends_of = [&](const std::string& topic, std::int32_t number) {
    return fetcher->ends_of({topic, "", number, runtime::partition_index(1)}, runtime::seconds(2));
  };
  EXPECT_TRUE(ends_of("perdure.team", 1));
  const auto away = ends_of("perdure.team", 0);
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, errc::unavailable) << away.error().message;
  EXPECT_EQ(ends_of("perdure.team", 2).error().code, errc::not_found);
  brokers.set_leader("perdure.team", 0, 1);
  while (!ends_of("perdure.team", 0)) std::this_thread::yield();
}

}  // namespace
}  // namespace perdure::testing
