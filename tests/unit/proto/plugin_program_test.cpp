// protoc with the real plugin: what a person sees who builds.

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/unit/proto/checkout.hpp"

namespace perdure::plugin {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The exit code (-1: a signal ended it) and all that was said.
struct ending {
  int code = -1;
  std::string said;
};

class plugin_program : public testing::Test {
 protected:
  plugin_program() {
    auto name = (std::filesystem::temp_directory_path() / "perdure-plugin-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
    std::filesystem::create_directory(made());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path made() const { return folder_ / "made"; }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// Both stand in the folder of the build: the tests in tests/, the plugin in proto/.
  static std::string program() {
    const auto tests = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    return (tests.parent_path() / "proto" / "protoc-gen-perdure").string();
  }

  /// As one word of a shell's command line: build and checkout may lie anywhere.
  static std::string quoted(const std::string& word) {
    std::string result = "'";
    for (const char c : word) result += c == '\'' ? "'\\''" : std::string(1, c);
    return result + "'";
  }

  static ending run(const std::string& command) {
    std::FILE* const output = popen((command + " 2>&1").c_str(), "r");
    ending end;
    for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output))
      end.said += static_cast<char>(c);
    const int status = pclose(output);
    if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
    return end;
  }

  /// Generates code of shop.proto, which begins with the line that is given.
  ending protoc(const std::string& text) const {
    write("shop.proto", text);
    return run("protoc --plugin=" + quoted(program()) + " --perdure_out=" + quoted(made()) + " -I" +
               quoted(folder_) + " -I" + quoted(checkout() / "proto") + " shop.proto");
  }

 private:
  std::filesystem::path folder_;
};

const std::string head = R"(syntax = "proto3"; package shop.v1; import "perdure/v1/options.proto";
message Order { string key = 1; }
)";

TEST_F(plugin_program, makes_the_code_of_a_good_file) {
  const auto end = protoc(head + "service Shop { rpc Buy(Order) returns (Order); }");
  EXPECT_EQ(end.code, 0) << end.said;
  EXPECT_TRUE(std::filesystem::exists(made() / "shop.perdure.hpp"));
  EXPECT_TRUE(std::filesystem::exists(made() / "shop.perdure.cpp"));
}

TEST_F(plugin_program, says_all_that_is_wrong_with_file_and_line_and_makes_nothing) {
  const auto end = protoc(head + R"(service Shop {
  rpc Buy(Order) returns (Order) { option (perdure.v1.operation).id = "{kye}"; }
  rpc Watch(Order) returns (stream Order);
  rpc Stop(Order) returns (Order) { option (perdure.v1.operation) = {kind: SIGNAL id: "{key}"}; }
})");
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.said,
              AllOf(HasSubstr("shop.proto:4: Shop.Buy: id template \"{kye}\""),
                    HasSubstr("shop.proto:5: Shop.Watch: streams"),
                    HasSubstr("shop.proto:6: Shop.Stop: is a signal"), HasSubstr("remove `id`")));
  EXPECT_TRUE(std::filesystem::is_empty(made()));
}

TEST_F(plugin_program, options_that_do_not_exist_are_named_by_protoc) {
  const auto end = protoc(head + R"(service Shop {
  rpc Buy(Order) returns (Order) { option (perdure.v1.operation).retries = 3; } })");
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.said, AllOf(HasSubstr("shop.proto:4"), HasSubstr("retries")));
}

TEST_F(plugin_program, noise_instead_of_a_request_is_an_error_and_no_crash) {
  std::string noise;
  for (int i = 0; i < 10'000; ++i) noise += static_cast<char>(i * 31 + i / 7);
  for (const auto& input : {std::string("x"), std::string(1'000, '\xff'), noise}) {
    write("noise", input);
    const auto end = run(quoted(program()) + " <" + quoted(made().parent_path() / "noise"));
    EXPECT_EQ(end.code, 1);
    EXPECT_THAT(end.said, HasSubstr("protoc-gen-perdure"));
  }
}

TEST_F(plugin_program, arguments_of_its_own_are_refused) {
  const auto end = run(quoted(program()) + " --fast </dev/null");
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.said, HasSubstr("--fast"));
}

}  // namespace
}  // namespace perdure::plugin
