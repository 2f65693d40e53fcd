// What the plugin refuses, and in which words.

#include "proto/plugin/model_builder.hpp"
#include "tests/unit/proto/schema.hpp"

namespace perdure::plugin {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr auto head = R"(syntax = "proto3";
package shop.v1;
import "google/protobuf/empty.proto";
import "perdure/v1/options.proto";
message Order { string key = 1; repeated string tags = 2; }
message Receipt { string text = 1; }
)";

/// What the plugin says of a whole file; "" if it takes it.
std::string said_of_file(const std::string& text) {
  schema files;
  files.add("shop.proto", text);
  problems found;
  build_model(files.file("shop.proto"), found);
  return found.empty() ? "" : found.text();
}

std::string said_of(const std::string& services) { return said_of_file(head + services); }

/// Of one service with these rpcs, from line 8, beside a workflow that is all right.
std::string said_of_rpcs(const std::string& rpcs) {
  return said_of("service Shop {\n" + rpcs + "\nrpc Sell(Order) returns (Receipt); }");
}

TEST(refused, a_good_service_is_not) {
  EXPECT_EQ(said_of_rpcs(R"(
    rpc Price(Order) returns (Receipt) { option (perdure.v1.operation) = {kind: FUNCTION id: "{key}"}; }
    rpc Cancel(Order) returns (google.protobuf.Empty) { option (perdure.v1.operation).kind = SIGNAL; }
    rpc Status(google.protobuf.Empty) returns (Receipt) { option (perdure.v1.operation).kind = QUERY; })"),
            "");
}

TEST(refused, streams_are_in_both_directions) {
  const auto what = AllOf(HasSubstr("shop.proto:8: Shop.Watch: streams"), HasSubstr("remove"));
  EXPECT_THAT(said_of_rpcs("rpc Watch(Order) returns (stream Receipt);"), what);
  EXPECT_THAT(said_of_rpcs("rpc Watch(stream Order) returns (Receipt);"), what);
}

TEST(refused, an_id_template_that_does_not_fit_the_request_is) {
  EXPECT_THAT(
      said_of_rpcs(
          R"(rpc Buy(Order) returns (Receipt) { option (perdure.v1.operation).id = "a/{kye}"; })"),
      AllOf(HasSubstr("shop.proto:8: Shop.Buy: id template \"a/{kye}\":"),
            HasSubstr("shop.v1.Order has no field 'kye'")));
  EXPECT_THAT(
      said_of_rpcs(
          R"(rpc Buy(Order) returns (Receipt) { option (perdure.v1.operation).id = "{tags}"; })"),
      HasSubstr("repeated"));
  EXPECT_THAT(
      said_of_rpcs(
          R"(rpc Buy(Order) returns (Receipt) { option (perdure.v1.operation).id = "{key"; })"),
      HasSubstr("brace"));
}

TEST(refused, an_id_template_without_a_run_to_start_is) {
  EXPECT_THAT(
      said_of_rpcs(R"(rpc Cancel(Order) returns (google.protobuf.Empty) {
                  option (perdure.v1.operation) = {kind: SIGNAL id: "{key}"}; })"),
      AllOf(HasSubstr("Shop.Cancel: has an id template, but a signal"), HasSubstr("remove `id`")));
  EXPECT_THAT(said_of_rpcs(R"(rpc Status(Order) returns (Receipt) {
                  option (perdure.v1.operation) = {kind: QUERY id: "{key}"}; })"),
              HasSubstr("but a query"));
}

TEST(refused, a_signal_that_answers_is) {
  EXPECT_THAT(said_of_rpcs(R"(rpc Cancel(Order) returns (Receipt) {
                  option (perdure.v1.operation).kind = SIGNAL; })"),
              AllOf(HasSubstr("Shop.Cancel: is a signal"),
                    HasSubstr("return google.protobuf.Empty instead of shop.v1.Receipt")));
}

TEST(refused, a_query_that_answers_nothing_is) {
  EXPECT_THAT(said_of_rpcs(R"(rpc Status(Order) returns (google.protobuf.Empty) {
                  option (perdure.v1.operation).kind = QUERY; })"),
              AllOf(HasSubstr("Shop.Status: is a query and returns nothing"), HasSubstr("SIGNAL")));
}

TEST(refused, a_kind_of_the_future_is) {
  EXPECT_THAT(said_of_rpcs(R"(rpc Sing(Order) returns (Receipt) {
                  option (perdure.v1.operation) = {kind: 99}; })"),
              AllOf(HasSubstr("Shop.Sing: is of kind 99"), HasSubstr("newer")));
}

TEST(refused, rpcs_with_one_cpp_name_are) {
  EXPECT_THAT(said_of_rpcs("rpc GetURL(Order) returns (Receipt);\n"
                           "rpc GetUrl(Order) returns (Receipt);"),
              AllOf(HasSubstr("shop.proto:9: Shop.GetUrl: is 'get_url' in C++, as GetURL is"),
                    HasSubstr("rename")));
}

TEST(refused, rpcs_named_as_members_of_the_client_are) {
  EXPECT_THAT(said_of("service Agent { rpc Agent(Order) returns (Receipt); }"),
              HasSubstr("Agent.Agent: is 'agent_' in C++, as a member of the generated client is"));
}

TEST(refused, an_rpc_that_ends_with_an_underscore_is) {
  EXPECT_THAT(said_of_rpcs("rpc Delete_(Order) returns (Receipt);"),
              HasSubstr("Shop.Delete_: ends with an underscore"));
}

TEST(refused, a_service_that_nobody_can_start_is) {
  EXPECT_THAT(
      said_of("service Shop {}"),
      AllOf(HasSubstr("shop.proto:7: Shop: has no rpc that starts a run"), HasSubstr("add")));
  EXPECT_THAT(said_of(R"(service Shop { rpc Status(Order) returns (Receipt) {
                  option (perdure.v1.operation).kind = QUERY; } })"),
              HasSubstr("starts a run"));
}

TEST(refused, a_signal_or_query_that_no_workflow_could_take_is) {
  EXPECT_THAT(said_of(R"(service Shop {
                  rpc Price(Order) returns (Receipt) { option (perdure.v1.operation).kind = FUNCTION; }
                  rpc Status(Order) returns (Receipt) { option (perdure.v1.operation).kind = QUERY; }
                })"),
              AllOf(HasSubstr("shop.proto:9: Shop.Status:"), HasSubstr("no workflow"),
                    testing::Not(HasSubstr("Shop.Price"))));
}

TEST(refused, agent_names_that_cannot_be_typed_are) {
  EXPECT_THAT(said_of(R"(service Shop { option (perdure.v1.agent).name = "my shop";
                  rpc Sell(Order) returns (Receipt); })"),
              AllOf(HasSubstr("Shop: agent name \"my shop\""), HasSubstr("letters, digits")));
  EXPECT_THAT(said_of("service Shop { option (perdure.v1.agent).name = \"" + std::string(129, 'a') +
                      "\"; rpc Sell(Order) returns (Receipt); }"),
              AllOf(HasSubstr("has 129 characters"), HasSubstr("at most 128")));
}

TEST(refused, two_services_under_one_agent_name_are) {
  EXPECT_THAT(said_of(R"(service Shop { rpc Sell(Order) returns (Receipt); }
                service Kiosk { option (perdure.v1.agent).name = "shop.v1.Shop";
                  rpc Sell(Order) returns (Receipt); })"),
              HasSubstr("shop.proto:8: Kiosk: another service is agent \"shop.v1.Shop\" too"));
}

TEST(refused, class_names_that_the_package_has_already_are) {
  const std::string shop = "service Shop { rpc Sell(Order) returns (Receipt); }\n";
  for (const std::string other :
       {"message shop {}", "enum shop { NONE = 0; }", "enum X { shop = 0; }",
        "message shop_client {}", "service shop { rpc Sell(Order) returns (Receipt); }",
        "service ShopClient { rpc Sell(Order) returns (Receipt); }"}) {
    EXPECT_THAT(said_of(shop + other), HasSubstr("makes a class 'shop")) << other;
  }
}

TEST(refused, a_class_named_like_a_package_is) {
  schema files;
  files.add("part.proto", "syntax = \"proto3\"; package shop.v1.shop.parts; message Part {}");
  files.add("shop.proto", std::string(head) + "import \"part.proto\";\n" +
                              "service Shop { rpc Sell(Order) returns (shop.parts.Part); }");
  problems found;
  build_model(files.file("shop.proto"), found);
  EXPECT_THAT(found.text(), HasSubstr("Shop: makes a class 'shop'"));
}

TEST(refused, packages_that_are_no_namespace_are) {
  EXPECT_THAT(
      said_of_file("syntax = \"proto3\"; message A {} service Shop { rpc Sell(A) returns (A); }"),
      AllOf(HasSubstr("Shop: stands in no package"), HasSubstr("add a line `package")));
  EXPECT_THAT(said_of_file("syntax = \"proto3\"; package shop.new.v1; message A {} "
                           "service Shop { rpc Sell(A) returns (A); }"),
              HasSubstr("'new' in the package's name"));
  EXPECT_THAT(said_of_file("syntax = \"proto3\"; package std; message A {} "
                           "service Shop { rpc Sell(A) returns (A); }"),
              HasSubstr("'std' in the package's name"));
}

TEST(refused, an_id_template_of_what_has_no_one_spelling_is) {
  const auto said = [](const std::string& fields, const std::string& id) {
    return said_of_file(
        "syntax = \"proto2\"; package shop.v1; import \"perdure/v1/options.proto\";\n"
        "message Order {\n" +
        fields +
        "}\nservice Shop { rpc Buy(Order) returns (Order) "
        "{ option (perdure.v1.operation).id = \"" +
        id + "\"; } }");
  };
  EXPECT_EQ(said("optional string key = 1;", "{key}"), "");
  EXPECT_THAT(said("map<string, string> tags = 1;", "{tags}"), HasSubstr("Shop.Buy: id template"));
  EXPECT_THAT(said("map<string, string> tags = 1;", "{tags.key}"),
              HasSubstr("Shop.Buy: id template"));
  EXPECT_THAT(said("optional group Line = 1 { optional string key = 1; }", "{line}"),
              HasSubstr("Shop.Buy: id template"));
  EXPECT_THAT(said("optional double price = 1;", "{price}"), HasSubstr("Shop.Buy: id template"));
  EXPECT_THAT(said("optional bytes key = 1;", "{key}"), HasSubstr("Shop.Buy: id template"));
  EXPECT_THAT(said("optional string key = 1; extensions 100 to 200;", "{(shop.v1.more)}"),
              HasSubstr("Shop.Buy: id template"));
}

TEST(refused, all_problems_are_said_at_once) {
  EXPECT_THAT(
      said_of_rpcs("rpc A(stream Order) returns (Receipt);\nrpc B_(Order) returns (Receipt);"),
      AllOf(testing::StartsWith("2 problems\n"), HasSubstr("shop.proto:8: Shop.A:"),
            HasSubstr("shop.proto:9: Shop.B_:")));
}

TEST(refused, a_file_of_messages_alone_is_not) {
  EXPECT_EQ(said_of_file("syntax = \"proto3\"; message A {}"), "");
}

}  // namespace
}  // namespace perdure::plugin
