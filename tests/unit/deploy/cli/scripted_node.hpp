#pragma once

#include <deque>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "deploy/cli/command_line.hpp"

namespace perdure::deploy {

/// Time that passes only when somebody pauses.
class still_clock final : public runtime::clock {
 public:
  runtime::timestamp now() const override { return at_; }
  runtime::timestamp monotonic() const override { return at_; }
  void pass(runtime::duration time) { at_ = at_ + time; }

 private:
  runtime::timestamp at_{1'000'000};
};

/// The program against a node that answers what a test says.
class scripted_node {
 public:
  struct outcome {
    exit_code code;
    std::string out, err;
  };
  struct request {
    std::string method, path;
    json body;
    bool operator==(const request&) const = default;
  };

  /// The next answer.
  void answers(std::string_view text) { answers_.push_back(json::parse(text)); }
  /// The next request fails, after `lasting`.
  void fails(std::string code, std::string message, runtime::duration lasting = {});

  outcome run(std::vector<std::string> arguments);

  std::vector<request> requests;
  std::string input;      ///< what stands in standard input
  std::size_t width = 0;  ///< of the terminal
  std::string address;    ///< that was connected to
  still_clock clock;

 private:
  class api;

  std::deque<std::expected<json, std::pair<api_failure, runtime::duration>>> answers_;
};

}  // namespace perdure::deploy
