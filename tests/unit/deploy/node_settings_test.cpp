#include "deploy/node_settings.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/configuration_document.hpp"

namespace perdure::deploy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The options that a command line gives, or why it is refused.
std::expected<node_options, std::vector<std::string>> given(std::vector<std::string> arguments) {
  CLI::App app;
  node_settings settings;
  settings.declare(app);
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& problem) {
    return std::unexpected(std::vector<std::string>{problem.what()});
  }
  return settings.resolve();
}

class config_on_disk {
 public:
  explicit config_on_disk(std::string_view yaml) {
    auto name = (std::filesystem::temp_directory_path() / "perdure_config_XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    if (descriptor >= 0) ::close(descriptor);
    path_ = name;
    std::ofstream(path_) << yaml;
  }
  ~config_on_disk() { std::filesystem::remove(path_); }
  config_on_disk(const config_on_disk&) = delete;
  config_on_disk& operator=(const config_on_disk&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(node_settings, nothing_given_is_the_defaults) {
  const auto options = given({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->embedded.data_directory, node_options{}.embedded.data_directory);
}

TEST(node_settings, flags_win_over_the_file) {
  const config_on_disk file("node: from-file\nlog:\n  segment_bytes: 4 MiB\n  tail_bytes: 1 MiB\n");
  const auto options = given({"--log-segment-bytes", "2MiB", "--config", file.path()});
  ASSERT_TRUE(options) << options.error().front();
  EXPECT_EQ(options->embedded.node.name, "from-file");
  EXPECT_EQ(options->embedded.log.segment_bytes, 2U << 20);
  EXPECT_EQ(options->embedded.log.tail_bytes, 1U << 20);
}

TEST(node_settings, every_option_has_a_flag) {
  for (const auto& one : declare_node_options()) {
    const auto options = given({flag_of(one.name), one.default_value()});
    EXPECT_TRUE(options) << one.name << ": " << options.error().front();
  }
}

TEST(node_settings, a_bad_flag_is_refused_with_its_name_and_bounds) {
  const auto options = given({"--steps-threads", "many"});
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error(),
              ElementsAre(HasSubstr("--steps-threads: \"many\" does not start with a "
                                    "number: allowed is 1 to 1024")));
  EXPECT_FALSE(given({"--no-such-flag", "1"}));
}

TEST(node_settings, namespaces_of_flags_replace_those_of_the_file) {
  const config_on_disk file("namespaces: [{name: old}]\n");
  const auto options = given({"--config", file.path(), "--namespace", "audit", "--namespace",
                              "legal,partitions=2,callers=audit:legal,retention=1h"});
  ASSERT_TRUE(options) << options.error().front();
  ASSERT_EQ(options->embedded.namespaces.size(), 2U);
  EXPECT_EQ(options->embedded.namespaces[0].name, "audit");
  EXPECT_EQ(options->embedded.namespaces[1].partitions, 2U);
  EXPECT_THAT(options->embedded.namespaces[1].callers, ElementsAre("audit", "legal"));
  EXPECT_EQ(options->embedded.namespaces[1].retention_seconds, 3'600U);
}

TEST(node_settings, a_namespace_has_as_many_partitions_as_are_usual_on_its_log) {
  const config_on_disk file("namespaces: [{name: said, partitions: 3}, {name: not-said}]\n");
  const auto counts = [](const std::vector<std::string>& arguments) {
    std::vector<std::uint32_t> found;
    for (const auto& one : given(arguments)->embedded.namespaces) found.push_back(one.partitions);
    return found;
  };
  const std::string on_kafka = "--kafka-bootstrap-servers=a:9092";
  EXPECT_THAT(counts({}), ElementsAre(4U));
  EXPECT_THAT(counts({on_kafka}), ElementsAre(8U));
  EXPECT_THAT(counts({"--config", file.path()}), ElementsAre(3U, 4U));
  EXPECT_THAT(counts({"--config", file.path(), on_kafka}), ElementsAre(3U, 8U));
  EXPECT_THAT(counts({"--namespace", "a", "--namespace", "b,partitions=2", on_kafka}),
              ElementsAre(8U, 2U));
}

TEST(node_settings, a_bad_namespace_is_refused) {
  for (const auto* bad : {"", "Audit", "audit,", "audit,partitions", "audit,partitions=0",
                          "audit,x=1", "audit,callers=A", "audit,name=Other"}) {
    EXPECT_FALSE(given({"--namespace", bad})) << bad;
  }
}

TEST(node_settings, options_that_do_not_fit_together_are_refused) {
  const auto options = given({"--namespace", "legal,callers=audit"});
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error(), ElementsAre(HasSubstr("no namespace of this node")));
}

TEST(node_settings, help_shows_defaults_and_bounds) {
  CLI::App app;
  node_settings settings;
  settings.declare(app);
  const auto help = app.help();
  for (const auto& one : declare_node_options()) {
    EXPECT_THAT(help, HasSubstr(flag_of(one.name))) << one.name;
  }
  EXPECT_THAT(help, HasSubstr("64 MiB; 2 MiB to 1 GiB"));
}

TEST(configuration_document, is_what_the_declarations_print) {
  const auto* source = std::getenv("PERDURE_SOURCE_DIR");
  const auto path = std::string(source == nullptr ? "." : source) + "/docs/configuration.md";
  if (const auto* rewrite = std::getenv("PERDURE_REWRITE_GOLDEN");
      rewrite != nullptr && std::string(rewrite) == "1") {
    std::ofstream(path) << configuration_document();
  }
  std::ifstream file(path);
  const std::string written{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(written, configuration_document()) << "PERDURE_REWRITE_GOLDEN=1 writes it anew";
}

}  // namespace
}  // namespace perdure::deploy
