#include "deploy/node_settings.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "deploy/config_file.hpp"

namespace perdure::deploy {
namespace {

/// "Log" for "log.segment_bytes", "Node" for what has no section.
std::string group_of(std::string_view name) {
  if (!name.contains('.')) return "Node";
  std::string section(name.substr(0, name.find('.')));
  section.front() = static_cast<char>(section.front() - 'a' + 'A');
  return section;
}

}  // namespace

/// What was given on the command line, in its order.
struct node_settings::given {
  std::vector<option<node_options>> options = declare_node_options();
  std::string config_file;
  std::vector<std::pair<std::size_t, std::string>> values;  ///< index into options, text
  std::vector<runtime::namespace_options> namespaces;
};

node_settings::node_settings() : given_(std::make_unique<given>()) {}
node_settings::~node_settings() = default;

void node_settings::declare(CLI::App& app) {
  auto* given = given_.get();
  declare_file(app);
  app.add_option_function<std::vector<std::string>>(
         "--namespace",
         [given](const std::vector<std::string>& texts) {
           for (const auto& text : texts) {
             auto one = parse_namespace(text);
             if (!one) throw CLI::ValidationError("--namespace", one.error().message);
             given->namespaces.push_back(std::move(*one));
           }
         },
         "A namespace: NAME[,partitions=4][,callers=OTHER:OTHER][,retention=7d]. Several times for "
         "several; they replace those of the file")
      ->type_name("NAME,…")
      ->take_all()
      ->group("Node");
  for (std::size_t i = 0; i < given->options.size(); ++i) declare_option(app, i);
}

void node_settings::declare_section(CLI::App& app, std::string_view section) {
  declare_file(app);
  const auto prefix = std::string(section) + ".";
  for (std::size_t i = 0; i < given_->options.size(); ++i) {
    if (given_->options[i].name.starts_with(prefix)) declare_option(app, i);
  }
}

void node_settings::declare_file(CLI::App& app) {
  app.add_option("-c,--config", given_->config_file,
                 "A configuration file in YAML: see docs/configuration.md")
      ->group("Node");
}

void node_settings::declare_option(CLI::App& app, std::size_t number) {
  auto* given = given_.get();
  const auto& declared = given->options[number];
  const auto flag = flag_of(declared.name);
  app.add_option_function<std::string>(
         flag,
         [given, number, flag](const std::string& text) {
           node_options scratch;
           if (const auto done = given->options[number].set(scratch, text); !done) {
             throw CLI::ValidationError(flag, done.error().message);
           }
           given->values.emplace_back(number, text);
         },
         fmt::format("{} [{}; {}]", declared.consequence, declared.default_value(),
                     declared.allowed))
      ->type_name(declared.kind)
      ->group(group_of(declared.name));
}

std::expected<node_options, std::vector<std::string>> node_settings::resolve() const {
  node_options result;
  if (!given_->config_file.empty()) {
    auto read = read_config_file(given_->config_file);
    if (!read) return read;
    result = std::move(*read);
  }
  if (!given_->namespaces.empty()) result.embedded.namespaces = given_->namespaces;
  for (const auto& [index, text] : given_->values) {
    const auto done = given_->options[index].set(result, text);
    if (!done) return std::unexpected(std::vector{done.error().message});
  }
  settle_partitions(result);
  if (auto errors = check(result); !errors.empty()) return std::unexpected(std::move(errors));
  return result;
}

runtime::expected<runtime::namespace_options> parse_namespace(std::string_view text) {
  const auto options = declare_namespace_options();
  auto result = unsettled_namespace();
  std::string_view name = "name";
  for (const auto part : std::views::split(text, ',')) {
    std::string value(std::string_view(part.begin(), part.end()));
    const auto whole = value;
    if (part.begin() != text.begin()) {
      const auto equals = std::min(whole.find('='), whole.size());
      name = std::string_view(whole).substr(0, equals);
      value.erase(0, equals + 1);
    }
    if (name == "callers") std::ranges::replace(value, ':', ',');
    const auto found = std::ranges::find(options, name, &option<runtime::namespace_options>::name);
    if (found == options.end()) {
      return std::unexpected(
          not_allowed(whole, "is unknown", "NAME,partitions=…,callers=…,retention=…"));
    }
    if (const auto done = found->set(result, value); !done) {
      return runtime::fail(done.error().code,
                           fmt::format("{}: {}", found->name, done.error().message));
    }
  }
  if (text.empty()) return std::unexpected(not_allowed(text, "is empty", "NAME"));
  return result;
}

}  // namespace perdure::deploy
