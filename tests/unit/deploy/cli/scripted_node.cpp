#include "tests/unit/deploy/cli/scripted_node.hpp"

#include <memory>

namespace perdure::deploy {

class scripted_node::api final : public node_api {
 public:
  explicit api(scripted_node& script) : script_(script) {}

  std::expected<json, api_failure> get(const std::string& path, runtime::duration) override {
    return next({"GET", path, {}});
  }
  std::expected<json, api_failure> post(const std::string& path, const json& body,
                                        runtime::duration) override {
    return next({"POST", path, body});
  }

 private:
  std::expected<json, api_failure> next(request asked) {
    script_.requests.push_back(std::move(asked));
    if (script_.answers_.empty()) {
      return std::unexpected(api_failure{exit_code::failed, "", "the test has no answer"});
    }
    auto answer = std::move(script_.answers_.front());
    script_.answers_.pop_front();
    if (answer) return std::move(*answer);
    script_.clock.pass(answer.error().second);
    return std::unexpected(answer.error().first);
  }

  scripted_node& script_;
};

void scripted_node::fails(std::string code, std::string message, runtime::duration lasting) {
  api_failure failure{exit_code_of(code), code, std::move(message)};
  answers_.push_back(std::unexpected(std::pair(std::move(failure), lasting)));
}

scripted_node::outcome scripted_node::run(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in(input);
  const auto code =
      run_command_line(arguments, {.out = out,
                                   .err = err,
                                   .in = in,
                                   .width = width,
                                   .clock = clock,
                                   .pause = [this](runtime::duration time) { clock.pass(time); },
                                   .connect = [this](const std::string& where)
                                       -> std::expected<std::unique_ptr<node_api>, api_failure> {
                                     address = where;
                                     return std::make_unique<api>(*this);
                                   }});
  return {code, out.str(), err.str()};
}

}  // namespace perdure::deploy
