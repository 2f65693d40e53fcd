#include "actors/catalogue_messages.hpp"

#include <gmock/gmock.h>

#include "perdure/link/v1/link.pb.h"
#include "runtime/author/codec.hpp"
#include "runtime/message_schema.hpp"
#include "tests/world/far_messages.hpp"

namespace perdure::actors {
namespace {

using runtime::operation_kind;
using runtime::session_id;
using ::testing::HasSubstr;

constexpr const char* key = "perdure.record.v1.RunKey";

runtime::agent_catalogue sample() {
  runtime::agent_catalogue own;
  own.agents = {
      {"clerk",
       "b7",
       {{"File", operation_kind::workflow, key, "google.protobuf.Empty", "case/{created}"},
        {"Stamp", operation_kind::function, "", "", ""},
        {"note", operation_kind::signal, key, "", ""},
        {"shown", operation_kind::query, "", key, ""}}},
      {"nobody", "", {}}};
  own.steps["split"] = {type_of_arguments<std::string, std::optional<int>>(),
                        type_of<std::vector<std::string>>()};
  own.steps["store"] = {{.kind = runtime::value_type::form::tuple,
                         .parts = {runtime::message_type("google.protobuf.Struct")}},
                        {}};
  return own;
}

TEST(catalogue_messages, another_node_knows_all_that_the_program_knows) {
  const auto own = sample();
  const auto back = decode_catalogue(to_bytes(own, session_id(9)));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->session, session_id(9));
  const auto& far = *back->catalogue;
  ASSERT_EQ(far.agents.size(), 2u);
  for (std::size_t i = 0; i < own.agents.size(); ++i) {
    EXPECT_EQ(far.agents[i].name, own.agents[i].name);
    EXPECT_EQ(far.agents[i].build, own.agents[i].build);
    ASSERT_EQ(far.agents[i].operations.size(), own.agents[i].operations.size());
    for (std::size_t k = 0; k < own.agents[i].operations.size(); ++k) {
      const auto& one = own.agents[i].operations[k];
      const auto& other = far.agents[i].operations[k];
      EXPECT_EQ(
          std::tie(other.name, other.kind, other.input_type, other.output_type, other.id_template),
          std::tie(one.name, one.kind, one.input_type, one.output_type, one.id_template));
    }
  }
  EXPECT_EQ(far.steps.at("split"), own.steps.at("split"));
  EXPECT_EQ(to_text(far.steps.at("store").arguments), "(google.protobuf.Struct)");
}

TEST(catalogue_messages, its_messages_are_made_of_the_descriptors_that_came_with_it) {
  const auto back = decode_catalogue(to_bytes(sample(), session_id(9)));
  ASSERT_TRUE(back);
  const auto& far = *back->catalogue;
  const auto type = far.input_of(far.find("clerk", "File"));
  EXPECT_EQ(type.message, key);
  EXPECT_EQ(type.schema, far.schema);
  for (const std::string named : {key, "google.protobuf.Empty", "google.protobuf.Struct"})
    EXPECT_NE(runtime::make_message(far.schema.get(), named), nullptr) << named;
  EXPECT_EQ(far.steps.at("store").arguments.parts.at(0).schema, far.schema);
  EXPECT_FALSE(far.output_of(far.find("clerk", "note")).is_known());
}

TEST(catalogue_messages, what_a_later_build_adds_is_left_out) {
  link::v1::Catalogue message;
  auto& agent = *message.add_agents();
  agent.set_name("clerk");
  auto& operation = *agent.add_operations();
  operation.set_name("Dance");
  operation.set_kind(17);
  auto& step = *message.add_steps();
  step.set_name("leap");
  step.mutable_arguments()->set_kind(99);
  step.mutable_result()->set_kind(6);  // a list of nothing
  const auto back = decode_catalogue(message.SerializeAsString());
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->catalogue->agents.at(0).operations.empty());
  EXPECT_EQ(back->catalogue->steps.at("leap"), runtime::step_types());
}

TEST(catalogue_messages, one_that_names_what_it_does_not_describe_is_refused) {
  link::v1::Catalogue message;
  auto& operation = *message.add_agents()->add_operations();
  operation.set_kind(1);
  operation.set_output_type("far.v1.Order");
  EXPECT_THAT(decode_catalogue(message.SerializeAsString()).error().message,
              HasSubstr("far.v1.Order"));
  message.set_files(far_files().SerializeAsString());
  EXPECT_TRUE(decode_catalogue(message.SerializeAsString()));
}

TEST(catalogue_messages, bytes_that_are_none_and_descriptors_that_do_not_fit_are_refused) {
  EXPECT_FALSE(decode_catalogue("\xff"));
  link::v1::Catalogue message;
  message.set_files("\xff");
  EXPECT_FALSE(decode_catalogue(message.SerializeAsString()));
  auto files = far_files();
  files.mutable_file()->DeleteSubrange(1, 1);
  message.set_files(files.SerializeAsString());
  EXPECT_THAT(decode_catalogue(message.SerializeAsString()).error().message,
              HasSubstr("far/v1/addresses.proto"));
}

}  // namespace
}  // namespace perdure::actors
