#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nexus/api/http_api.hpp"
#include "nexus/api/json_syntax.hpp"
#include "runtime/author/codec.hpp"
#include "runtime/failure.hpp"
#include "runtime/invariant.hpp"
#include "tests/unit/nexus/scripted_client.hpp"
#include "transport/http_response_writer.hpp"

// Raw bytes, as a connection gives them -> requests -> routes -> JSON -> the gateway and back. To
// find: crashes, requests without an answer or with two, answers that are not HTTP and JSON.

namespace perdure {
namespace {

using runtime::expected;
using runtime::payload;
using runtime::reply_to;

/// Gives back what it was given, so that whatever comes in is also shown.
class echo_gateway final : public runtime::client {
 public:
  void start(runtime::start_request request, reply_to<runtime::start_reply> reply) override {
    input_ = request.input;
    type_ = {};
    for (const auto& agent : agents()) {
      for (const auto& operation : agent.operations) {
        if (operation.name == request.operation)
          type_ = runtime::message_type(operation.input_type);
      }
    }
    reply(runtime::start_reply{request.workflow_id, request.request_key, false, false});
  }
  void result(runtime::workflow_address target, runtime::duration,
              reply_to<runtime::run_result> reply) override {
    reply(runtime::run_result{target.workflow_id, target.run_id, runtime::run_status::completed,
                              type_, input_});
  }
  void signal(runtime::signal_request request, reply_to<runtime::start_reply> reply) override {
    input_ = request.body;
    reply(runtime::start_reply{request.target.workflow_id, request.request_key, true, false});
  }
  void control(runtime::control_request request, reply_to<runtime::start_reply> reply) override {
    reply(runtime::fail(runtime::errc::failed_state, request.reason));
  }
  void describe(runtime::workflow_address target, reply_to<runtime::run_details> reply) override {
    runtime::run_details details{.input_type = type_, .input = input_};
    details.summary.workflow_id = target.workflow_id;
    details.summary.agent = "clerk";
    reply(std::move(details));
  }
  void agent_of(runtime::workflow_address, runtime::reply_to<std::string> reply) override {
    reply(std::string("clerk"));
  }
  void list(runtime::list_request request, reply_to<runtime::list_reply> reply) override {
    reply(runtime::list_reply{{{.workflow_id = request.id_prefix, .agent = request.agent}},
                              request.page});
  }
  void history(runtime::workflow_address target,
               reply_to<std::vector<runtime::history_event>> reply) override {
    runtime::history_event shown{.name = target.workflow_id, .body_type = type_, .body = input_};
    runtime::history_event listed{.body_type = type_of<std::vector<std::optional<int>>>(),
                                  .body = input_};
    runtime::history_event failed{.result = runtime::outcome::failed, .body = input_};
    reply(std::vector{shown, listed, failed});
  }
  void query(runtime::query_request request, reply_to<payload> reply) override {
    reply(request.input);
  }
  void status(reply_to<runtime::node_status> reply) override { reply(runtime::node_status{}); }
  std::vector<runtime::agent_description> agents() const override { return nexus::sample_agents(); }

 private:
  payload input_;
  runtime::value_type type_;
};

struct stopped_clock final : runtime::clock {
  runtime::timestamp now() const override { return {}; }
  runtime::timestamp monotonic() const override { return {}; }
};

struct answer_slot final : transport::http_response_sink {
  void send(transport::http_reply reply) override {
    INVARIANT(!response, "a request was answered twice");
    auto* ready = std::get_if<transport::http_response>(&reply);
    response = ready ? std::move(*ready) : std::get<1>(reply)();
  }
  std::optional<transport::http_response> response;
};

/// A response must be one HTTP message, and its JSON one object.
void check(const transport::http_response& response) {
  INVARIANT(response.status >= 200 && response.status < 600, "status {}", response.status);
  std::string bytes;
  append_http_response(bytes, response, {});
  const std::size_t header_end = bytes.find("\r\n\r\n");
  INVARIANT(bytes.size() - header_end - 4 == response.body.size(), "the header ends too early");
  if (response.content_type == "application/json") {
    // Deeper than requests may be: a value lies within the answer's own objects.
    const auto members = nexus::split_json_object(response.body);
    INVARIANT(members || members.error().message.find("nested") != std::string::npos, "{} in {}",
              members.error().message, response.body);
    INVARIANT(response.status < 400 || members->front().name == "error", "{}", response.body);
  }
}

struct node {
  echo_gateway gateway;
  nexus::metrics measured;
  stopped_clock clock;
  nexus::http_api api{gateway, measured, clock, {}};

  void run(std::string_view bytes, std::size_t piece) {
    using state = transport::http_request_reader::state;
    transport::http_request_reader reader(
        {.header_bytes = 2048, .target_bytes = 1024, .body_bytes = 64 * 1024});
    std::string kept;
    while (!bytes.empty() && reader.current() != state::refused) {
      kept += bytes.substr(0, piece);
      bytes.remove_prefix(std::min(piece, bytes.size()));
      while (reader.current() == state::needs_more && !kept.empty()) {
        const std::size_t taken = reader.take(kept);
        INVARIANT(taken <= kept.size(), "the reader took more than there was");
        kept.erase(0, taken);
        if (reader.current() == state::complete) {
          handle(reader.finish());
        } else if (reader.current() == state::needs_more) {
          INVARIANT(kept.size() < 2048, "the reader asks for more than its limit");
          break;
        }
      }
    }
    if (reader.current() == state::refused) {
      INVARIANT(reader.why().status >= 400 && !reader.why().message.empty(), "no reason");
    }
  }

  void handle(transport::http_request request) {
    auto slot = std::make_shared<answer_slot>();
    api.handle(std::move(request), transport::http_responder(slot));
    INVARIANT(slot->response.has_value(), "a request was not answered");
    check(*slot->response);
  }
};

}  // namespace
}  // namespace perdure

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static perdure::node node;
  // Cut differently for different inputs; the corpus stays plain HTTP.
  const std::size_t piece = size % 3 == 0 ? 1 + size % 97 : size;
  node.run({reinterpret_cast<const char*>(data), size}, std::max<std::size_t>(piece, 1));
  return 0;
}
