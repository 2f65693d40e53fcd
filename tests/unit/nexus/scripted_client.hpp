#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/client.hpp"
#include "runtime/message_schema.hpp"
#include "tests/world/far_messages.hpp"

// What the gateway says is made by naming what matters to a test; the rest has its default.
#pragma clang diagnostic ignored "-Wmissing-designated-field-initializers"

namespace perdure::nexus {

/// A gateway that writes down what it is asked, and answers what the test says: at once, or when
/// the test lets the answers go.
class scripted_client final : public runtime::client {
 public:
  template <class Request, class Reply>
  struct script {
    runtime::expected<Reply> answer{};
    bool hold = false;
    std::vector<Request> asked{};
    std::vector<runtime::reply_to<Reply>> held{};

    void take(Request request, runtime::reply_to<Reply> reply) {
      asked.push_back(std::move(request));
      if (hold) {
        held.push_back(std::move(reply));
      } else {
        reply(answer);
      }
    }
    void let_go() {
      for (const auto& reply : std::exchange(held, {})) reply(answer);
    }
  };
  struct result_question {
    runtime::workflow_address target;
    runtime::duration wait;
  };
  struct nothing {};
  struct drain_question {
    std::string node;
    runtime::membership::drain_wish wish;
    bool operator==(const drain_question&) const = default;
  };

  void start(runtime::start_request request, runtime::reply_to<runtime::start_reply> to) override {
    starts.take(std::move(request), std::move(to));
  }
  void result(runtime::workflow_address target, runtime::duration wait,
              runtime::reply_to<runtime::run_result> to) override {
    results.take({std::move(target), wait}, std::move(to));
  }
  void signal(runtime::signal_request request,
              runtime::reply_to<runtime::start_reply> to) override {
    signals.take(std::move(request), std::move(to));
  }
  void control(runtime::control_request request,
               runtime::reply_to<runtime::start_reply> to) override {
    controls.take(std::move(request), std::move(to));
  }
  void describe(runtime::workflow_address target,
                runtime::reply_to<runtime::run_details> to) override {
    descriptions.take(std::move(target), std::move(to));
  }
  void list(runtime::list_request request, runtime::reply_to<runtime::list_reply> to) override {
    lists.take(std::move(request), std::move(to));
  }
  void history(runtime::workflow_address target,
               runtime::reply_to<std::vector<runtime::history_event>> to) override {
    histories.take(std::move(target), std::move(to));
  }
  void query(runtime::query_request request, runtime::reply_to<runtime::payload> to) override {
    queries.take(std::move(request), std::move(to));
  }
  void status(runtime::reply_to<runtime::node_status> to) override {
    statuses.take({}, std::move(to));
  }
  void cluster(runtime::reply_to<runtime::cluster_status> to) override {
    clusters.take({}, std::move(to));
  }
  void drain_node(std::string node, runtime::membership::drain_wish wish,
                  runtime::reply_to<runtime::drain_reply> to) override {
    drains.take({std::move(node), wish}, std::move(to));
  }
  std::vector<runtime::agent_description> agents() const override { return hosted; }

  std::optional<std::vector<runtime::agent_host>> agent_hosts() const override { return hosts; }
  bool has_all_agents(std::string_view) const override { return has_all; }
  void agent_of(runtime::workflow_address target, runtime::reply_to<std::string> to) override {
    agents_of.take(std::move(target), std::move(to));
  }
  void catalogue(runtime::agent_address agent,
                 runtime::reply_to<runtime::catalogue_pointer> to) override {
    catalogues.take(std::move(agent), std::move(to));
  }

  script<runtime::start_request, runtime::start_reply> starts;
  script<result_question, runtime::run_result> results;
  script<runtime::signal_request, runtime::start_reply> signals;
  script<runtime::control_request, runtime::start_reply> controls;
  script<runtime::workflow_address, runtime::run_details> descriptions;
  script<runtime::list_request, runtime::list_reply> lists;
  script<runtime::workflow_address, std::vector<runtime::history_event>> histories;
  script<runtime::query_request, runtime::payload> queries;
  script<nothing, runtime::node_status> statuses;
  script<nothing, runtime::cluster_status> clusters{std::unexpected(runtime::no_cluster())};
  script<drain_question, runtime::drain_reply> drains{std::unexpected(runtime::no_cluster())};
  script<runtime::agent_address, runtime::catalogue_pointer> catalogues{
      runtime::fail(runtime::errc::not_found, "no node has it")};
  script<runtime::workflow_address, std::string> agents_of;
  bool has_all = true;
  std::vector<runtime::agent_description> hosted;
  std::optional<std::vector<runtime::agent_host>> hosts;  ///< none: no member of a cluster
};

/// Agents whose types are linked into every test: `courier` takes and gives messages, `clerk`
/// bytes. They agree about the signal "note" and disagree about "stamp".
inline std::vector<runtime::agent_description> sample_agents() {
  using enum runtime::operation_kind;
  const char* const text = "google.protobuf.StringValue";
  const char* const key = "perdure.record.v1.RunKey";
  const char* const parcel = "google.protobuf.Method";
  return {{.name = "courier",
           .build = "b1",
           .operations = {{"deliver", workflow, parcel, key, ""},
                          {"deliver_once", workflow, parcel, key, "parcel/{request_type_url}"},
                          {"weigh", function, key, "google.protobuf.Int64Value", ""},
                          {"note", signal, text, "", ""},
                          {"stamp", signal, key, "", ""},
                          {"where", query, key, parcel, ""}}},
          {.name = "clerk",
           .build = "b2",
           .operations = {{"file", workflow, "", "", ""},
                          {"note", signal, text, "", ""},
                          {"stamp", signal, text, "", ""}}}};
}

inline runtime::catalogue_pointer own_catalogue() {
  auto own = std::make_shared<runtime::agent_catalogue>();
  own->agents = sample_agents();
  return own;
}

/// Of another node: its carter takes and gives messages that no test has, and disagrees with the
/// courier about the signal "note".
inline runtime::catalogue_pointer far_catalogue() {
  using enum runtime::operation_kind;
  const char* const order = "far.v1.Order";
  auto far = std::make_shared<runtime::agent_catalogue>();
  far->agents = {{.name = "carter",
                  .build = "b7",
                  .operations = {{"cart", workflow, order, order, "load/{item}"},
                                 {"note", signal, order, "", ""},
                                 {"load", query, order, order, ""}}}};
  const auto files = far_files();
  far->schema = runtime::message_schema::parse(files.SerializeAsString()).value();
  return far;
}

}  // namespace perdure::nexus
