#include "deploy/cli/command_context.hpp"

#include <ostream>

#include "nexus/api/percent_encoding.hpp"

namespace perdure::deploy {
namespace {

constexpr auto patience = runtime::seconds(30);

}  // namespace

std::expected<node_api*, api_failure> command_context::api() {
  if (!api_) {
    auto connected = world_.connect(node);
    if (!connected) return std::unexpected(std::move(connected.error()));
    api_ = std::move(*connected);
  }
  return api_.get();
}

std::expected<json, api_failure> command_context::get(const std::string& below) {
  const auto connected = api();
  if (!connected) return std::unexpected(connected.error());
  return (*connected)->get(in_namespace(below), patience);
}

std::expected<json, api_failure> command_context::post(const std::string& below, const json& body) {
  const auto connected = api();
  if (!connected) return std::unexpected(connected.error());
  return (*connected)->post(in_namespace(below), body, patience);
}

std::string command_context::workflow_path(std::string_view workflow_id) {
  return "workflows/" + nexus::percent_encode(workflow_id);
}

std::string command_context::run_query(std::string_view run_id) {
  return run_id.empty() ? std::string() : "?run_id=" + nexus::percent_encode(run_id);
}

std::string command_context::in_namespace(const std::string& below) const {
  return "/v1/namespaces/" + nexus::percent_encode(name_space) + "/" + below;
}

void command_context::show(const json& document, const std::string& for_people) {
  if (as_json) {
    world_.out << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  } else {
    world_.out << for_people;
  }
}

void command_context::fail(const api_failure& why) { fail(why.exit, why.message); }

void command_context::fail(exit_code code, const std::string& message) {
  world_.err << "perdure: " << message << "\n";
  result_ = code;
}

}  // namespace perdure::deploy
