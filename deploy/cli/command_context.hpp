#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include "deploy/cli/exit_code.hpp"
#include "deploy/cli/node_api.hpp"
#include "runtime/clock.hpp"

namespace perdure::deploy {

/// What a command touches of the world.
struct command_world {
  std::ostream& out;      ///< results
  std::ostream& err;      ///< errors
  std::istream& in;       ///< for `--input-file -`
  std::size_t width = 0;  ///< of the terminal in columns; 0: no terminal, nothing is cut
  const runtime::clock& clock;
  std::function<void(runtime::duration)> pause;  ///< sleeps
  std::function<std::expected<std::unique_ptr<node_api>, api_failure>(const std::string&)> connect;
};

/// One run of the program: the flags that all commands share, and how it ends.
class command_context {
 public:
  explicit command_context(command_world world) : world_(std::move(world)) {}

  // Set by the command line.
  std::string node = "http://127.0.0.1:7080";
  std::string name_space = "default";
  bool as_json = false;

  command_world& world() { return world_; }
  exit_code result() const { return result_; }

  /// The node of --node, connected when first asked for.
  std::expected<node_api*, api_failure> api();

  /// A question that is answered at once, to a path below the namespace ("workflows/…").
  std::expected<json, api_failure> get(const std::string& below);
  std::expected<json, api_failure> post(const std::string& below, const json& body);

  /// The path of a workflow below the namespace: "workflows/licence%2FMIT".
  static std::string workflow_path(std::string_view workflow_id);
  /// "?run_id=…" or nothing.
  static std::string run_query(std::string_view run_id);
  /// The whole path of what is below the namespace.
  std::string in_namespace(const std::string& below) const;

  /// Prints for programs (one JSON document) or for people.
  void show(const json& document, const std::string& for_people);
  /// Prints the error and remembers how to end.
  void fail(const api_failure& why);
  void fail(exit_code code, const std::string& message);
  /// Ends otherwise than ok without an error message.
  void end_with(exit_code code) { result_ = code; }

 private:
  command_world world_;
  std::unique_ptr<node_api> api_;
  exit_code result_ = exit_code::ok;
};

}  // namespace perdure::deploy
