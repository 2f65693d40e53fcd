#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "deploy/cli/exit_code.hpp"
#include "deploy/cli/words.hpp"
#include "runtime/ids.hpp"

namespace perdure::deploy {

/// Why a request to a node came to nothing.
struct api_failure {
  exit_code exit = exit_code::failed;
  std::string code;  ///< of docs/api.md
  std::string message;
};

/// A node's HTTP API as the commands use it. Tests put another behind it.
class node_api {
 public:
  virtual ~node_api() = default;
  /// `path` is encoded and may have a query.
  virtual std::expected<json, api_failure> get(const std::string& path,
                                               runtime::duration deadline) = 0;
  virtual std::expected<json, api_failure> post(const std::string& path, const json& body,
                                                runtime::duration deadline) = 0;
};

/// One by HTTP. `address` as in "http://127.0.0.1:7080"; a wrong one fails with usage.
std::expected<std::unique_ptr<node_api>, api_failure> connect_by_http(const std::string& address);

}  // namespace perdure::deploy
