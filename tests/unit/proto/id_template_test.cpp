#include "proto/id_template.hpp"

#include <memory>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>

#include "tests/unit/proto/schema.hpp"

namespace perdure::proto {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr auto order_proto = R"(
syntax = "proto3";
package shop.v1;
message Order {
  string key = 1;
  int64 number = 2;
  uint32 copies = 3;
  bool urgent = 4;
  enum Size { SMALL = 0; LARGE = 1; }
  Size size = 5;
  Customer customer = 6;
  repeated string tags = 7;
  bytes blob = 8;
  double price = 9;
  map<string, string> labels = 10;
  sint32 shelf = 11;
  fixed64 stamp = 12;
}
message Customer { string id = 1; Address address = 2; }
message Address { string city = 1; }
)";

class id_templates : public testing::Test {
 protected:
  id_templates() {
    schema_.add("order.proto", order_proto);
    order_ = schema_.file("order.proto").FindMessageTypeByName("Order");
  }

  std::string refused(std::string_view text) {
    const auto parsed = id_template::parse(text);
    if (!parsed) return parsed.error();
    const auto fits = parsed->check(*order_);
    return fits ? "accepted" : fits.error();
  }

  std::unique_ptr<google::protobuf::Message> order(std::string_view text) {
    std::unique_ptr<google::protobuf::Message> made(factory_.GetPrototype(order_)->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), made.get()));
    return made;
  }

  std::string id_of(std::string_view id_template, std::string_view request) {
    const auto id = proto::id_template::parse(id_template).value().apply(*order(request));
    return id ? *id : "refused: " + id.error();
  }

  plugin::schema schema_;
  const google::protobuf::Descriptor* order_;
  google::protobuf::DynamicMessageFactory factory_;
};

TEST_F(id_templates, fields_are_put_in_place_of_their_braces) {
  EXPECT_EQ(id_of("licence/{key}", R"(key: "mit")"), "licence/mit");
  EXPECT_EQ(id_of("{key}", R"(key: "mit")"), "mit");
  EXPECT_EQ(id_of("{key}/x/{number}.", R"(key: "mit" number: 7)"), "mit/x/7.");
}

TEST_F(id_templates, every_kind_of_scalar_has_one_spelling) {
  EXPECT_EQ(id_of("{number}/{copies}/{shelf}/{stamp}",
                  "number: -9223372036854775808 copies: 4294967295 shelf: -3 "
                  "stamp: 18446744073709551615"),
            "-9223372036854775808/4294967295/-3/18446744073709551615");
  EXPECT_EQ(id_of("{urgent}", "urgent: true"), "true");
  EXPECT_EQ(id_of("{urgent}", ""), "false");
  EXPECT_EQ(id_of("{size}", "size: LARGE"), "LARGE");
  EXPECT_EQ(id_of("{size}", "size: 9"), "9");
}

TEST_F(id_templates, dots_reach_into_messages) {
  EXPECT_EQ(id_of("{customer.id}/{customer.address.city}",
                  R"(customer { id: "ada" address { city: "Turin" } })"),
            "ada/Turin");
}

TEST_F(id_templates, a_template_without_fields_names_one_workflow) {
  EXPECT_EQ(id_of("the-only-one", ""), "the-only-one");
}

TEST_F(id_templates, an_empty_string_makes_no_id) {
  EXPECT_THAT(id_of("licence/{key}", ""),
              AllOf(HasSubstr("'key' of shop.v1.Order is empty"), HasSubstr("refused")));
  EXPECT_THAT(id_of("a/{customer.address.city}", ""), HasSubstr("'customer.address.city'"));
}

TEST_F(id_templates, a_request_of_another_type_is_an_error) {
  const auto parsed = id_template::parse("licence/{key}").value();
  const auto* customer = schema_.file("order.proto").FindMessageTypeByName("Customer");
  const auto id = parsed.apply(*factory_.GetPrototype(customer));
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error(), "shop.v1.Customer has no field 'key'");
}

TEST_F(id_templates, fields_that_cannot_stand_in_an_id_are_refused) {
  EXPECT_THAT(refused("{nothing}"), HasSubstr("shop.v1.Order has no field 'nothing'"));
  EXPECT_THAT(refused("{customer.name}"), HasSubstr("shop.v1.Customer has no field 'name'"));
  EXPECT_THAT(refused("{tags}"), HasSubstr("'tags' of shop.v1.Order is repeated"));
  EXPECT_THAT(refused("{labels.key}"), HasSubstr("'labels' of shop.v1.Order is repeated"));
  EXPECT_THAT(refused("{customer}"), HasSubstr("is of type shop.v1.Customer"));
  EXPECT_THAT(refused("{blob}"), HasSubstr("is of type bytes"));
  EXPECT_THAT(refused("{price}"), HasSubstr("is of type double"));
  EXPECT_THAT(refused("{key.id}"), HasSubstr("'key' of shop.v1.Order is no message"));
  EXPECT_EQ(refused("{number}/{customer.id}"), "accepted");
}

TEST_F(id_templates, what_does_not_follow_the_grammar_is_refused) {
  EXPECT_THAT(refused(""), HasSubstr("empty"));
  EXPECT_THAT(refused("my order/{key}"), HasSubstr("a space"));
  EXPECT_THAT(refused("a\n{key}"), HasSubstr("cannot be printed"));
  EXPECT_THAT(refused("{key}{number}"), HasSubstr("touch"));
  for (const auto* text : {"{key", "key}", "{{key}}", "a}{key}", "{key}/{"}) {
    EXPECT_THAT(refused(text), HasSubstr("brace")) << text;
  }
  for (const auto* text : {"{}", "{.key}", "{customer.}", "{customer..id}", "{9}", "{a-b}"}) {
    EXPECT_THAT(refused(text), HasSubstr("is not a field")) << text;
  }
}

}  // namespace
}  // namespace perdure::proto
