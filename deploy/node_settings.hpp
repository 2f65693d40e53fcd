#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/node_options.hpp"

namespace CLI {
class App;
}

namespace perdure::deploy {

/// What a command line says about the node: a configuration file, and single settings that win
/// over it. The same flags for `perdure serve` and for every program that calls node_main().
class node_settings {
 public:
  node_settings();
  ~node_settings();
  node_settings(const node_settings&) = delete;
  node_settings& operator=(const node_settings&) = delete;

  /// Adds --config, --namespace and one flag for each option, grouped by section. Values are
  /// checked while the command line is parsed. REQUIRES: lives as long as `app` is parsed.
  void declare(CLI::App& app);
  /// Adds --config and the flags of one section only ("kafka").
  void declare_section(CLI::App& app, std::string_view section);

  /// Defaults, then the file, then the flags. The errors are sentences for people.
  std::expected<node_options, std::vector<std::string>> resolve() const;

 private:
  struct given;

  void declare_file(CLI::App& app);
  void declare_option(CLI::App& app, std::size_t number);

  std::unique_ptr<given> given_;
};

/// "audit", "audit,partitions=8,callers=legal:ops": how --namespace is written.
runtime::expected<runtime::namespace_options> parse_namespace(std::string_view text);

}  // namespace perdure::deploy
