// What the plugin prints, as text: compared with tests/golden/plugin/, which
// PERDURE_REWRITE_GOLDEN=1 rewrites for the reviewer to read.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "proto/plugin/generator.hpp"
#include "tests/unit/proto/checkout.hpp"
#include "tests/unit/proto/schema.hpp"

namespace perdure::plugin {
namespace {

/// Takes the files that the plugin writes, in memory.
class written_files : public google::protobuf::compiler::GeneratorContext {
 public:
  google::protobuf::io::ZeroCopyOutputStream* Open(const std::string& path) override {
    return new google::protobuf::io::StringOutputStream(&files[path]);
  }
  std::map<std::string, std::string> files;
};

class generated : public testing::Test {
 protected:
  generated() {
    for (const std::string path : {"research/researcher.proto", "library/page.proto"}) {
      schema_.add(path, read_checkout("tests/unit/proto/agents/" + path));
    }
  }

  std::string print(const std::vector<std::string>& paths, const std::string& parameter = "") {
    std::vector<const google::protobuf::FileDescriptor*> files;
    files.reserve(paths.size());
    for (const auto& path : paths) files.push_back(&schema_.file(path));
    std::string error;
    const bool ok = generator().GenerateAll(files, parameter, &written_, &error);
    EXPECT_EQ(ok, error.empty());
    return error;
  }

  void expect_golden(const std::string& path) {
    const auto golden = checkout() / "tests/golden/plugin" / (path + ".txt");
    ASSERT_TRUE(written_.files.contains(path));
    if (std::getenv("PERDURE_REWRITE_GOLDEN")) {
      std::filesystem::create_directories(golden.parent_path());
      std::ofstream(golden) << written_.files[path];
    }
    EXPECT_EQ(written_.files[path], read_checkout(golden))
        << "If the change is meant: PERDURE_REWRITE_GOLDEN=1 unit_proto, then read the diff of "
        << golden;
  }

  schema schema_;
  written_files written_;
};

TEST_F(generated, code_is_what_was_reviewed) {
  EXPECT_EQ(print({"research/researcher.proto"}), "");
  expect_golden("research/researcher.perdure.hpp");
  expect_golden("research/researcher.perdure.cpp");
}

TEST_F(generated, code_of_messages_alone_is_what_was_reviewed) {
  EXPECT_EQ(print({"library/page.proto"}), "");
  expect_golden("library/page.perdure.hpp");
  expect_golden("library/page.perdure.cpp");
}

TEST_F(generated, nothing_is_if_one_of_the_files_is_refused) {
  schema_.add(
      "bad.proto",
      "syntax = \"proto3\"; package a; message A {} service B { rpc C(stream A) returns (A); }");
  EXPECT_THAT(print({"research/researcher.proto", "bad.proto"}),
              testing::HasSubstr("bad.proto:1: B.C: streams"));
  EXPECT_TRUE(written_.files.empty());
}

TEST_F(generated, options_of_the_plugin_are_refused) {
  EXPECT_THAT(print({"research/researcher.proto"}, "fast"), testing::HasSubstr("'fast'"));
}

TEST_F(generated, long_files_are_written_whole) {
  std::string text = "syntax = \"proto3\"; package many.v1; message A {}\nservice Many {\n";
  for (int i = 0; i < 500; ++i) {
    text += "rpc Operation" + std::to_string(i) + "(A) returns (A);\n";
  }
  schema_.add("many.proto", text + "}");
  EXPECT_EQ(print({"many.proto"}), "");
  EXPECT_THAT(written_.files["many.perdure.cpp"],
              testing::AllOf(testing::SizeIs(testing::Gt(100'000)),
                             testing::HasSubstr("this->operation499(context"),
                             testing::EndsWith("}  // namespace many::v1\n")));
}

}  // namespace
}  // namespace perdure::plugin
