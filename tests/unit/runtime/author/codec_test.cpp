#include "runtime/author/codec.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "perdure/record/v1/failure.pb.h"
#include "runtime/author/codec_json.hpp"

namespace perdure {

/// An author's own value.
struct price {
  int cents = 0;
};
template <>
struct codec<price> {
  static void append(price value, std::string& bytes) { codec<int>::append(value.cents, bytes); }
  static price decode(std::string_view bytes) { return {codec<int>::decode(bytes)}; }
};

namespace {

enum class colour : std::uint8_t { red = 3 };

template <class T>
void goes_through(const T& value, std::string_view bytes) {
  const auto encoded = encode(value);
  EXPECT_EQ(encoded.view(), bytes);
  EXPECT_EQ(decode<T>(encoded), value);
}

TEST(codec, rule_6_10_values_go_through_and_read_as_text) {
  goes_through(std::string("some text"), "some text");
  goes_through(std::string(), "");
  goes_through(42, "42");
  goes_through(std::numeric_limits<std::int64_t>::min(), "-9223372036854775808");
  goes_through(std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
  goes_through(0.1, "0.1");
  goes_through(-1e300, "-1e+300");
  goes_through(1.5F, "1.5");
  goes_through(true, "true");
  goes_through(false, "false");
  goes_through(colour::red, "3");
}

TEST(codec, rule_6_10_vectors_and_optionals_nest) {
  goes_through(std::vector<std::string>{"a", "", "bcd"}, std::string_view("\1a\0\3bcd", 7));
  goes_through(std::vector<int>{}, "");
  goes_through(std::vector<bool>{true, false}, "\4true\5false");
  goes_through(std::optional<int>(7), "=7");
  goes_through(std::optional<int>(), "");
  goes_through(std::optional<std::string>(""), "=");
  goes_through(std::vector<std::optional<int>>{1, std::nullopt}, std::string_view("\2=1\0", 4));
  goes_through(std::vector<std::vector<std::string>>{{"x"}, {}}, std::string_view("\2\1x\0", 4));
  goes_through(std::vector<std::string>{std::string(300, 'x')}, "\xAC\x02" + std::string(300, 'x'));
}

TEST(codec, rule_6_10_messages_are_serialised_deterministically) {
  record::v1::Failure message;
  message.set_kind(record::v1::Failure::FAILED);
  message.set_type("t");
  const auto bytes = encode(message);
  EXPECT_EQ(bytes.view(), std::string_view("\x08\x02\x12\x01t", 5));
  EXPECT_EQ(decode<record::v1::Failure>(bytes).type(), "t");
}

TEST(codec, rule_6_10_json_goes_through_with_its_keys_in_order) {
  goes_through(nlohmann::json{{"b", 1}, {"a", {1, 2}}}, R"({"a":[1,2],"b":1})");
  EXPECT_THROW(decode<nlohmann::json>(payload("{")), codec_error);
}

TEST(codec, a_payload_is_not_copied) {
  const payload bytes("raw");
  EXPECT_EQ(encode(bytes).view().data(), bytes.view().data());
  EXPECT_EQ(decode<payload>(bytes).view().data(), bytes.view().data());
}

TEST(codec, arguments_are_nothing_the_value_itself_or_parts) {
  EXPECT_EQ(encode_arguments<>().view(), "");
  EXPECT_EQ(encode_arguments<std::string>("one").view(), "one");
  const auto three = encode_arguments<std::string, int, bool>("one", 2, true);
  EXPECT_EQ(three.view(), "\3one\0012\4true");
  EXPECT_EQ((decode_arguments<std::string, int, bool>(three)), std::make_tuple("one", 2, true));
  EXPECT_EQ(decode_arguments<std::string>(payload("one")), std::make_tuple("one"));
  EXPECT_EQ(decode_arguments<>(payload()), std::tuple<>());
}

TEST(codec, bytes_that_are_something_else_are_an_error_that_shows_them) {
  EXPECT_THROW(decode<int>(payload("12x")), codec_error);
  EXPECT_THROW(decode<int>(payload()), codec_error);
  EXPECT_THROW(decode<std::uint8_t>(payload("256")), codec_error);
  EXPECT_THROW(decode<bool>(payload("1")), codec_error);
  EXPECT_THROW(decode<std::optional<int>>(payload("7")), codec_error);
  EXPECT_THROW(decode<std::vector<int>>(payload("\3"
                                                "1")),
               codec_error);
  EXPECT_THROW(decode<std::vector<int>>(payload(std::string(12, '\xFF'))), codec_error);
  EXPECT_THROW(decode<record::v1::Failure>(payload("\xFF")), codec_error);
  EXPECT_THROW((decode_arguments<int, int>(payload("\1"
                                                   "1\1"
                                                   "2x"))),
               codec_error);
  try {
    decode<int>(payload("no\1number"));
    FAIL() << "decoded";
  } catch (const codec_error& why) {
    EXPECT_STREQ(why.what(), "9 bytes that start with \"no?number\" are not a number");
  }
}

template <class... A>
std::string type_text() {
  return runtime::to_text(type_of_arguments<A...>());
}

TEST(codec, rule_6_10_says_what_values_are) {
  EXPECT_EQ(type_text<std::string>(), "string");
  EXPECT_EQ(type_text<std::int64_t>(), "number");
  EXPECT_EQ(type_text<float>(), "number");
  EXPECT_EQ(type_text<bool>(), "bool");
  EXPECT_EQ(type_text<colour>(), "number");
  EXPECT_EQ(type_text<nlohmann::json>(), "json");
  EXPECT_EQ(type_text<payload>(), "bytes");
  EXPECT_EQ(type_text<record::v1::Failure>(), "perdure.record.v1.Failure");
  EXPECT_EQ((type_text<std::vector<std::optional<bool>>>()), "list<optional<bool>>");
  EXPECT_EQ((type_text<record::v1::Failure, payload, int>()),
            "(perdure.record.v1.Failure, bytes, number)");
  EXPECT_FALSE(type_of<void>().is_known());
  EXPECT_FALSE(type_of_arguments<>().is_known());
}

TEST(codec, a_codec_of_an_author_need_not_say_what_its_values_are) {
  EXPECT_EQ(type_of<price>(), runtime::value_type());
  EXPECT_EQ(type_text<std::vector<price>>(), "list<bytes>");
}

TEST(codec, bytes_of_several_parts_are_split_into_them) {
  const auto arguments = encode_arguments<std::string, int>("ab", 7);
  EXPECT_EQ(split_parts(arguments.view()), (std::vector<std::string_view>{"ab", "7"}));
  EXPECT_EQ(split_parts(""), std::vector<std::string_view>());
  EXPECT_THROW(split_parts("\5ab"), codec_error);
}

}  // namespace
}  // namespace perdure
