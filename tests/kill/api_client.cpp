#include "tests/kill/api_client.hpp"

#include "nexus/api/percent_encoding.hpp"

namespace perdure::testing {

using transport::http_method;

std::string api_answer::error() const {
  if (status == 0) return "no answer";
  const auto found = body.find("error");
  if (found == body.end()) return fmt::format("{} {}", status, body.dump());
  return fmt::format("{}: {}", found->value("code", ""), found->value("message", ""));
}

api_client::api_client(const std::vector<std::uint16_t>& ports, runtime::duration patience) {
  for (const auto port : ports) {
    nodes_.emplace_back(transport::http_client_options{.server = {"127.0.0.1", port},
                                                       .connect_deadline = runtime::seconds(2),
                                                       .deadline = patience,
                                                       .response_bytes = std::size_t{16} << 20});
  }
}

std::string api_client::workflow(const std::string& name_space, const std::string& id) {
  return "/v1/namespaces/" + name_space + "/workflows/" + nexus::percent_encode(id);
}

api_answer api_client::send(transport::http_request request) {
  api_answer told;
  if (const auto answer = nodes_[asked_].send(request)) {
    told = {answer->status, nlohmann::json::parse(answer->body, nullptr, false)};
    if (told.body.is_discarded()) told.body = nlohmann::json::object();
  } else {
    nodes_[asked_].disconnect();
  }
  if (told.must_be_repeated()) move_on();
  return told;
}

api_answer api_client::get(const std::string& target) { return send({.target = target}); }

api_answer api_client::post(const std::string& target, const nlohmann::json& body) {
  return send({.method = http_method::post,
               .target = target,
               .headers = {{"Content-Type", "application/json"}},
               .body = body.dump()});
}

api_answer api_client::start(const std::string& name_space, const std::string& operation,
                             const std::string& id, const std::string& input,
                             const std::string& key) {
  return post("/v1/namespaces/" + name_space + "/workflows", {{"agent", "test.Agent"},
                                                              {"operation", operation},
                                                              {"workflow_id", id},
                                                              {"request_key", key},
                                                              {"input", input}});
}

api_answer api_client::attach(const std::string& name_space, const std::string& operation,
                              const std::string& id, const std::string& input,
                              const std::string& key) {
  return post("/v1/namespaces/" + name_space + "/workflows", {{"agent", "test.Agent"},
                                                              {"operation", operation},
                                                              {"workflow_id", id},
                                                              {"id_policy", "attach"},
                                                              {"request_key", key},
                                                              {"input", input}});
}

api_answer api_client::signal(const std::string& name_space, const std::string& id,
                              const std::string& name, const std::string& value,
                              const std::string& key) {
  return post(workflow(name_space, id) + "/signals/" + name,
              {{"input", value}, {"request_key", key}});
}

api_answer api_client::control(const std::string& name_space, const std::string& id,
                               const std::string& verb, const std::string& key) {
  return post(workflow(name_space, id) + "/" + verb,
              {{"reason", "the harness"}, {"request_key", key}});
}

api_answer api_client::result(const std::string& name_space, const std::string& id,
                              const std::string& wait) {
  return get(workflow(name_space, id) + "/result?wait=" + wait);
}

api_answer api_client::describe(const std::string& name_space, const std::string& id) {
  return get(workflow(name_space, id));
}

api_answer api_client::history(const std::string& name_space, const std::string& id) {
  return get(workflow(name_space, id) + "/history?limit=10000");
}

api_answer api_client::list(const std::string& name_space, const std::string& query) {
  return get("/v1/namespaces/" + name_space + "/workflows?" + query);
}

api_answer api_client::query(const std::string& name_space, const std::string& id,
                             const std::string& name) {
  return post(workflow(name_space, id) + "/queries/" + name, nlohmann::json::object());
}

}  // namespace perdure::testing
