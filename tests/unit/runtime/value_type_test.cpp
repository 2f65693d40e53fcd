#include "runtime/value_type.hpp"

#include <gtest/gtest.h>

namespace perdure::runtime {
namespace {

using form = value_type::form;

TEST(value_type, is_written_as_people_write_types) {
  EXPECT_EQ(to_text({}), "bytes");
  EXPECT_EQ(to_text({.kind = form::text}), "string");
  EXPECT_EQ(to_text({.kind = form::number}), "number");
  EXPECT_EQ(to_text({.kind = form::boolean}), "bool");
  EXPECT_EQ(to_text({.kind = form::json}), "json");
  EXPECT_EQ(to_text(message_type("audit.v1.Page")), "audit.v1.Page");
  EXPECT_EQ(to_text({.kind = form::list, .parts = {{.kind = form::optional, .parts = {{}}}}}),
            "list<optional<bytes>>");
  EXPECT_EQ(to_text({.kind = form::tuple, .parts = {message_type("a.B"), {.kind = form::number}}}),
            "(a.B, number)");
}

TEST(value_type, of_a_message_without_name_is_bytes) {
  EXPECT_FALSE(message_type("").is_known());
  EXPECT_EQ(message_type(""), value_type());
  EXPECT_TRUE(message_type("a.B").is_known());
  EXPECT_NE(message_type("a.B"), message_type("a.C"));
}

}  // namespace
}  // namespace perdure::runtime
