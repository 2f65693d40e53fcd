#include "tests/unit/runtime/golden_records.hpp"

#include <cstdlib>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "runtime/state.hpp"
#include "tests/unit/proto/checkout.hpp"

namespace perdure::runtime {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const std::filesystem::path folder = "tests/golden/v1/records";

class golden : public ::testing::TestWithParam<golden_record> {};
INSTANTIATE_TEST_SUITE_P(records, golden, ::testing::ValuesIn(golden_records()),
                         [](const auto& info) {
                           return std::filesystem::path(info.param.file).stem().string();
                         });

/// PERDURE_WRITE_GOLDEN=1 writes what is missing. What is there is never written again.
TEST_P(golden, bytes_are_read_and_written_again_for_ever) {
  const auto& expected = GetParam();
  const auto path = plugin::checkout() / folder / expected.file;
  if (std::getenv("PERDURE_WRITE_GOLDEN") && !std::filesystem::exists(path))
    std::ofstream(path, std::ios::binary) << bytes_of(expected);
  ASSERT_TRUE(std::filesystem::exists(path))
      << path.string()
      << " is missing: PERDURE_WRITE_GOLDEN=1 unit_runtime --gtest_filter=*golden*";
  const auto bytes = plugin::read_checkout(folder / expected.file);

  record_decoder decoder;
  const auto record = decoder.decode(offset(1), payload(bytes));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->kind(), expected.front.kind);
  EXPECT_EQ(record->time(), expected.front.time);
  EXPECT_EQ(record->view.front().slot, expected.front.slot);
  std::string differences;
  google::protobuf::util::MessageDifferencer compare;
  compare.ReportDifferencesToString(&differences);
  EXPECT_TRUE(compare.Compare(*header_of(expected), *record->header)) << differences;
  ASSERT_EQ(record->view.payload_count(), expected.payloads.size());
  std::vector<std::string_view> payloads;
  for (std::uint32_t i = 1; i <= expected.payloads.size(); ++i) {
    payloads.push_back(record->view.body(i).view());
    EXPECT_EQ(payloads.back(), expected.payloads[i - 1]);
  }

  std::string again;
  encode_record(again, record->view.front(), *record->header, payloads);
  EXPECT_EQ(again, bytes) << "another program wrote these bytes: they must stay what they are";
}

TEST(golden_records, no_file_is_forgotten) {
  std::set<std::string> known, there;
  for (const auto& golden : golden_records()) known.insert(golden.file);
  for (const auto& file : std::filesystem::directory_iterator(plugin::checkout() / folder))
    there.insert(file.path().filename().string());
  EXPECT_EQ(there, known);
}

TEST(golden_records, each_kind_has_one) {
  std::set<record_kind> kinds;
  for (const auto& golden : golden_records()) kinds.insert(golden.front.kind);
  for (int number = 0; number < 256; ++number) {
    const auto kind = static_cast<record_kind>(number);
    if (!name(kind).empty() && !is_of_cluster(kind)) {
      EXPECT_TRUE(kinds.contains(kind)) << name(kind);
    }
  }
}

/// The full names of the fields that are set, nested messages' too.
void collect(const Message& message, std::set<std::string>& fields) {
  const auto& about = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  about.ListFields(message, &set);
  for (const auto* field : set) {
    fields.insert(field->full_name());
    if (field->type() != FieldDescriptor::TYPE_MESSAGE) continue;
    if (!field->is_repeated()) collect(about.GetMessage(message, field), fields);
    for (int i = 0; field->is_repeated() && i < about.FieldSize(message, field); ++i)
      collect(about.GetRepeatedMessage(message, field, i), fields);
  }
}

void expect_all(const google::protobuf::Descriptor& type, const std::set<std::string>& fields) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    EXPECT_TRUE(fields.contains(field.full_name()))
        << field.full_name() << " stands in no golden record: add one";
    if (field.message_type() != nullptr) expect_all(*field.message_type(), fields);
  }
}

TEST(golden_records, each_field_of_each_kind_stands_in_one) {
  std::set<std::string> fields;
  for (const auto& golden : golden_records()) collect(*header_of(golden), fields);
  for (const auto& golden : golden_records())
    expect_all(*empty_header(golden.front.kind)->GetDescriptor(), fields);
}

/// Bytes of a newer writer: a field that this program does not know is kept (STYLE 26).
TEST(golden_records, an_unknown_field_is_kept) {
  for (const auto& golden : golden_records()) {
    const auto header = header_of(golden);
    header->GetReflection()->MutableUnknownFields(header.get())->AddVarint(1'000, 42);
    std::string bytes;
    encode_record(bytes, golden.front, *header);
    record_decoder decoder;
    const auto record = decoder.decode(offset(1), payload(bytes));
    ASSERT_TRUE(record) << golden.file;
    std::string again;
    encode_record(again, record->view.front(), *record->header);
    EXPECT_EQ(again, bytes) << golden.file;
  }
}

/// An update is not served by this core: void by name (DESIGN 5.6). None of them may do harm.
TEST(golden_records, apply_takes_each_at_any_time) {
  state folded(partition_index(0));
  record_decoder decoder;
  std::uint64_t at = 0;
  for (int round = 0; round < 3; ++round) {
    for (const auto& golden : golden_records()) {
      const auto record = decoder.decode(offset(++at), payload(bytes_of(golden)));
      ASSERT_TRUE(record) << golden.file;
      actions did;
      folded.apply(*record, did);
      if (golden.front.kind == record_kind::update)
        EXPECT_THAT(to_text(did.at(0)), ::testing::HasSubstr("does not take such records"));
    }
  }
  EXPECT_EQ(folded.name_space(), "research");
}

}  // namespace
}  // namespace perdure::runtime
