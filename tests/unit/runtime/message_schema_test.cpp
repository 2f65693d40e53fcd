#include "runtime/message_schema.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include "perdure/record/v1/record.pb.h"
#include "tests/world/far_messages.hpp"

namespace perdure::runtime {
namespace {

using ::testing::HasSubstr;

std::string problem_with(const google::protobuf::FileDescriptorSet& files) {
  const auto schema = message_schema::parse(files.SerializeAsString());
  return schema ? "none" : schema.error().message;
}

TEST(message_schema, makes_messages_that_this_program_does_not_have) {
  EXPECT_EQ(make_message(nullptr, "far.v1.Order"), nullptr);
  const auto schema = message_schema::parse(far_files().SerializeAsString());
  ASSERT_TRUE(schema) << schema.error().message;
  const auto order = make_message(schema->get(), "far.v1.Order");
  ASSERT_NE(order, nullptr);
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(
                  R"({"item":"lamp","count":2,"to":{"town":"Oslo"}})", order.get())
                  .ok());
  EXPECT_EQ(order->SerializeAsString(), far_order());
  EXPECT_EQ(make_message(schema->get(), "far.v1.Nothing"), nullptr);
  EXPECT_EQ(make_message(schema->get(), ""), nullptr);
}

TEST(message_schema, what_a_program_tells_of_its_messages_is_all_that_they_need) {
  const auto schema = message_schema::parse(
      file_descriptors({"perdure.record.v1.RunKey", "google.protobuf.Struct", "no.Such"}));
  ASSERT_TRUE(schema) << schema.error().message;
  record::v1::RunKey key;
  key.set_created(7);
  const auto same = make_message(schema->get(), "perdure.record.v1.RunKey");
  ASSERT_NE(same, nullptr);
  ASSERT_TRUE(same->ParseFromString(key.SerializeAsString()));
  EXPECT_EQ(same->SerializeAsString(), key.SerializeAsString());
  EXPECT_NE(same->GetDescriptor(), key.GetDescriptor()) << "of descriptors, not of this program";
  EXPECT_NE(make_message(schema->get(), "google.protobuf.Value"), nullptr);
  EXPECT_EQ(make_message(schema->get(), "google.protobuf.Timestamp"), nullptr) << "nobody named it";
}

TEST(message_schema, files_that_do_not_fit_together_are_refused_by_name) {
  EXPECT_FALSE(message_schema::parse("\xff"));
  auto lacks = far_files();
  lacks.mutable_file()->DeleteSubrange(1, 1);
  EXPECT_THAT(problem_with(lacks), HasSubstr("far/v1/addresses.proto"));
  auto loops = far_files();
  loops.mutable_file(1)->add_dependency("far/v1/orders.proto");
  EXPECT_THAT(problem_with(loops), HasSubstr("imports itself"));
  auto wrong = far_files();
  wrong.mutable_file(0)->mutable_message_type(0)->mutable_field(0)->set_number(0);
  EXPECT_THAT(problem_with(wrong), HasSubstr("far.v1.Order.item"));
}

TEST(message_schema, what_json_knows_by_name_is_this_programs) {
  google::protobuf::FileDescriptorSet files;
  auto& file = *files.add_file();
  file.set_name("google/protobuf/struct.proto");
  file.set_package("google.protobuf");
  file.add_message_type()->set_name("Struct");  // without its fields
  const auto schema = message_schema::parse(files.SerializeAsString());
  ASSERT_TRUE(schema) << schema.error().message;
  const auto made = make_message(schema->get(), "google.protobuf.Struct");
  ASSERT_NE(made, nullptr);
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(R"({"a":[1]})", made.get()).ok());
  file.set_name("elsewhere.proto");
  const auto without = message_schema::parse(files.SerializeAsString());
  ASSERT_TRUE(without);
  EXPECT_EQ(make_message(without->get(), "google.protobuf.Struct"), nullptr);
}

TEST(message_schema, a_long_row_of_imports_takes_no_stack) {
  google::protobuf::FileDescriptorSet files;
  for (int i = 0; i < 20'000; ++i) {
    auto& file = *files.add_file();
    file.set_name(std::to_string(i));
    if (i > 0) file.add_dependency(std::to_string(i - 1));
  }
  std::reverse(files.mutable_file()->begin(), files.mutable_file()->end());
  EXPECT_EQ(problem_with(files), "none");
}

}  // namespace
}  // namespace perdure::runtime
