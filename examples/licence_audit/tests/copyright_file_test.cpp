#include "examples/licence_audit/copyright_file.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace licence_audit {
namespace {

using audit::v1::Problem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view header =
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

std::vector<Problem::Kind> kinds(const copyright_file& file) {
  std::vector<Problem::Kind> result;
  for (const auto& problem : file.problems) result.push_back(problem.kind());
  return result;
}

copyright_file parse(std::string_view rest) {
  return parse_copyright_file(std::string(header) + std::string(rest));
}

std::string value(const stanza& from, std::string_view name) {
  const auto* field = from.find(name);
  return field == nullptr ? "-" : field->value;
}

TEST(copyright_file, has_header_files_and_licences) {
  const auto file = parse(
      "Files: *\n"
      "Copyright: 2001 Ann\n"
      "           2002 Ben\n"
      "License: Expat\n"
      "\n"
      "License: Expat\n"
      " Permission is granted.\n"
      " .\n"
      "  Indented more.\n");
  EXPECT_THAT(kinds(file), IsEmpty());
  ASSERT_TRUE(file.header);
  ASSERT_EQ(file.files.size(), 1U);
  EXPECT_EQ(file.files[0].line, 3U);
  EXPECT_EQ(value(file.files[0], "files"), "*");
  EXPECT_EQ(file.files[0].find("Copyright")->text, "          2002 Ben\n");
  ASSERT_EQ(file.licences.size(), 1U);
  EXPECT_EQ(file.licences[0].find("License")->text, "Permission is granted.\n\n Indented more.\n");
  EXPECT_EQ(file.prose, "");
}

TEST(copyright_file, names_of_fields_have_no_case_and_two_spellings) {
  const auto file = parse("FILES: *\ncopyright: me\nlicence: ISC\n");
  EXPECT_THAT(kinds(file), IsEmpty());
  ASSERT_EQ(file.files.size(), 1U);
  EXPECT_EQ(value(file.files[0], "License"), "ISC");
}

TEST(copyright_file, text_before_the_header_is_prose) {
  const auto file = parse_copyright_file("Made by Zoe:\non a Sunday.\n\n" + std::string(header) +
                                         "Files: *\nCopyright: Zoe\nLicense: ISC\n");
  EXPECT_THAT(kinds(file), ElementsAre(Problem::STRAY_TEXT));
  EXPECT_EQ(file.prose, "Made by Zoe:\non a Sunday.\n");
  EXPECT_EQ(file.prose_line, 1U);
  EXPECT_TRUE(file.header);
}

TEST(copyright_file, prose_keeps_its_lines) {
  const auto file = parse("The first.\n\nFiles: *\nCopyright: me\nLicense: ISC\n\nThe second.\n");
  EXPECT_EQ(file.prose_line, 3U);
  EXPECT_EQ(file.prose, "The first.\n\n\n\n\n\nThe second.\n");
}

TEST(copyright_file, text_that_is_not_indented_belongs_to_its_field) {
  const auto file = parse("License: BSD\nRedistribution is fine\nif: you say so.\n");
  EXPECT_THAT(kinds(file), ElementsAre(Problem::NOT_INDENTED));
  ASSERT_EQ(file.licences.size(), 1U);
  EXPECT_EQ(file.licences[0].find("License")->text, "Redistribution is fine\nif: you say so.\n");
}

TEST(copyright_file, an_empty_line_does_not_end_an_indented_text) {
  const auto file =
      parse("License: BSD\n First.\n\n Second.\n\nFiles: *\nCopyright: c\nLicense: BSD\n");
  EXPECT_THAT(kinds(file), ElementsAre(Problem::NOT_INDENTED));
  ASSERT_EQ(file.licences.size(), 1U);
  EXPECT_EQ(file.licences[0].find("License")->text, "First.\n\nSecond.\n");
  EXPECT_EQ(file.files.size(), 1U);
}

TEST(copyright_file, stanzas_that_run_together_are_parted) {
  const auto file = parse(
      "Files: a\nCopyright: x\nLicense: ISC\nFiles: b\nCopyright: y\nLicense: Zlib\n"
      "License: Zlib\n Text.\n");
  EXPECT_THAT(kinds(file), ElementsAre(Problem::DUPLICATE_FIELD, Problem::DUPLICATE_FIELD));
  ASSERT_EQ(file.files.size(), 2U);
  EXPECT_EQ(value(file.files[1], "License"), "Zlib");
  EXPECT_EQ(file.licences.size(), 1U);
}

TEST(copyright_file, missing_fields_and_formats_are_noted) {
  EXPECT_THAT(kinds(parse_copyright_file("Files: *\nCopyright: x\nLicense: ISC\n")),
              ElementsAre(Problem::NO_FORMAT));
  EXPECT_THAT(kinds(parse_copyright_file("Format: http://dep.debian.net/deps/dep5\n")),
              ElementsAre(Problem::UNKNOWN_FORMAT));
  EXPECT_THAT(kinds(parse("Files: *\n")),
              UnorderedElementsAre(Problem::MISSING_FIELD, Problem::MISSING_FIELD));
  EXPECT_THAT(kinds(parse("Copyright: x\nLicense: ISC\n")), ElementsAre(Problem::MISSING_FIELD));
}

TEST(copyright_file, of_anything_is_no_crash) {
  for (const std::string text :
       {"", "\n\n", ":", ": x", " ", " .", "Files:", "License:\n\n x\n\n y",
        "Format:\nFormat:\n\nFormat:\n", "-:\n", "http://x\n"}) {
    const auto file = parse_copyright_file(text);
    EXPECT_LE(file.files.size() + file.licences.size(), 1U) << text;
  }
}

TEST(is_machine_readable, by_its_format_or_its_stanzas) {
  EXPECT_TRUE(is_machine_readable(header));
  EXPECT_TRUE(
      is_machine_readable("Hello\n\nFormat-Specification: http://svn.debian.org/dep5.mdwn\n"));
  EXPECT_TRUE(is_machine_readable("Hello\n\nFiles: *\nCopyright: x\nLicense: y\n"));
  EXPECT_FALSE(is_machine_readable("Files: *\n\nLicense: y\n"));
  EXPECT_FALSE(is_machine_readable("Copyright: x\nLicense:\n\nUnder the GPL.\n"));
  EXPECT_FALSE(is_machine_readable("The copyright-format is not used here.\n"));
  EXPECT_FALSE(is_machine_readable(""));
}

}  // namespace
}  // namespace licence_audit
