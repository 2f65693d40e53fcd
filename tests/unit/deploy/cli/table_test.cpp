#include "deploy/cli/table.hpp"

#include <string>

#include <gtest/gtest.h>

#include "deploy/cli/text_width.hpp"

namespace perdure::deploy {
namespace {

TEST(table, aligns_its_columns) {
  table rows({"A", "LONG HEAD", "C"});
  rows.add({"long cell", "b", "c"});
  rows.add({"a", "ü", ""});
  EXPECT_EQ(rows.text(0),
            "A          LONG HEAD  C\n"
            "long cell  b          c\n"
            "a          ü\n");
}

TEST(table, takes_room_from_the_widest_column) {
  table rows({"ID", "DETAIL"});
  rows.add({"short", std::string(100, 'x')});
  const auto text = rows.text(30);
  EXPECT_EQ(text, "ID     DETAIL\nshort  " + std::string(22, 'x') + "…\n");
}

TEST(table, keeps_columns_readable_on_a_terminal_that_is_too_narrow) {
  table rows({"AAAAAAAA", "BBBBBBBB", "CCCCCCCC"});
  EXPECT_EQ(rows.text(5), "AAAAA…  BBBBB…  CCCCC…\n");
}

TEST(table, takes_rows_of_any_length) {
  table rows({"A", "B"});
  rows.add({"1"});
  rows.add({"1", "2", "3"});
  EXPECT_EQ(rows.text(0), "A  B\n1\n1  2\n");
}

TEST(fitted, cuts_between_characters) {
  EXPECT_EQ(fitted("äöü", 3), "äöü");
  EXPECT_EQ(fitted("äöüß", 3), "äö…");
  EXPECT_EQ(fitted("ab cd", 4), "ab…");
  EXPECT_EQ(fitted("abc", 0), "");
  EXPECT_EQ(fitted("a\nb\x1B", 10), "a b ");
}

}  // namespace
}  // namespace perdure::deploy
