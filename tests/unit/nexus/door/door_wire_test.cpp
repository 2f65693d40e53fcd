#include "nexus/door/door_wire.hpp"

#include <gtest/gtest.h>

namespace perdure::nexus {
namespace {

/// The example of docs/formats/door.md: builds that differ speak with each other.
TEST(door_wire, is_that_of_the_format) {
  door_wire::Delivery delivery;
  auto& entry = *delivery.add_entries();
  entry.set_partition(6);
  entry.set_record("hello");
  EXPECT_EQ(delivery.SerializeAsString(), "\x0a\x09\x08\x06\x12\x05hello");
  door_wire::Receipt receipt;
  auto& durable = *receipt.add_durable();
  durable.set_partition(6);
  durable.set_entries(1);
  EXPECT_EQ(receipt.SerializeAsString(), "\x0a\x04\x08\x06\x10\x01");
}

}  // namespace
}  // namespace perdure::nexus
