// docs/agents.md shows protos that are compiled and errors that are printed. Its C++:
// tests/unit/runtime/generated/policy_example_test.cpp.

#include "proto/plugin/model_builder.hpp"
#include "tests/unit/proto/checkout.hpp"
#include "tests/unit/proto/markdown.hpp"
#include "tests/unit/proto/schema.hpp"

namespace perdure::plugin {
namespace {

using ::testing::HasSubstr;

constexpr auto folder = "tests/unit/proto/agents/";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == text.npos) throw std::runtime_error("nothing to replace: " + from);
  return text.replace(at, from.size(), to);
}

class documentation : public ::testing::Test {
 protected:
  const std::string page_ = read_checkout("docs/agents.md");
};

TEST_F(documentation, protos_are_compiled_ones) {
  std::string compiled;
  for (const auto* path : {"legal/policy.proto", "research/researcher.proto"}) {
    compiled += read_checkout(std::string(folder) + path);
  }
  const auto shown = code_blocks(page_, "proto");
  ASSERT_EQ(shown.size(), 4U);
  for (const auto& block : shown) EXPECT_THAT(compiled, HasSubstr(block));
}

TEST_F(documentation, errors_are_printed_ones) {
  auto text = read_checkout(std::string(folder) + "legal/policy.proto");
  text = replaced(text, "{key}", "{kye}");
  text =
      replaced(text, "(google.protobuf.Empty) {\n    option (perdure.v1.operation).kind = SIGNAL",
               "(Ruling) {\n    option (perdure.v1.operation).kind = SIGNAL");
  schema files;
  files.add("legal/policy.proto", text);
  problems found;
  build_model(files.file("legal/policy.proto"), found);
  EXPECT_THAT(page_, HasSubstr("--perdure_out: " + found.text() + "\n"));
}

}  // namespace
}  // namespace perdure::plugin
