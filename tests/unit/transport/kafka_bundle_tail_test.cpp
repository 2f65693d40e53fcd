#include <gmock/gmock.h>

#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/bundle_tail.hpp"

namespace perdure::transport {
namespace {

const kafka_partition from{"t", "", 0, runtime::partition_index(1)};

bundle_tail::held_bundle bundle(std::int64_t at, std::size_t bytes = 10) {
  const std::string record(bytes, 'x');
  const std::vector<std::string_view> records{record};
  return std::make_shared<const read_bundle>(
      *read_bundle_of(from, at, encode_bundle({1, static_cast<std::uint64_t>(at)}, records)));
}

TEST(bundle_tail, holds_the_newest_of_all_partitions_and_knows_the_last_of_each) {
  bundle_tail tail(1'000, 2);
  EXPECT_EQ(tail.last(0).bundle, -1);
  tail.add(0, bundle(3));
  tail.add(1, bundle(3));
  EXPECT_EQ(tail.last(0).record, to_offset({3, 0}));
  tail.add(0, bundle(7, 800));
  EXPECT_EQ(tail.find(0, 3), nullptr) << "the oldest went";
  EXPECT_NE(tail.find(1, 3), nullptr);
  EXPECT_EQ(tail.find(0, 5), nullptr) << "a gap";
  EXPECT_EQ(tail.find(0, 7)->at, 7);
  tail.add(1, bundle(4, 5'000));
  EXPECT_EQ(tail.find(1, 4), nullptr) << "larger than all that may be held";
  EXPECT_EQ(tail.last(1).bundle, 4);
}

TEST(bundle_tail, goes_on_only_from_where_nothing_was_forgotten) {
  bundle_tail tail(1'000, 1);
  tail.add(0, bundle(2));
  tail.add(0, bundle(5));
  EXPECT_EQ(tail.next(0, 0)->at, 2);
  EXPECT_EQ(tail.next(0, 3)->at, 5);
  EXPECT_EQ(tail.next(0, 6), nullptr);
  tail.add(0, bundle(9, 850));
  EXPECT_EQ(tail.next(0, 0), nullptr) << "something between may be forgotten";
  EXPECT_EQ(tail.next(0, 6)->at, 9);
}

}  // namespace
}  // namespace perdure::transport
