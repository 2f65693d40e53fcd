#pragma once

#include <chrono>
#include <future>
#include <string>
#include <utility>

#include "runtime/author/codec.hpp"
#include "runtime/client.hpp"

namespace perdure::testing {

/// A client that waits for its answers. An answer that never comes is a failure of the test, as
/// error `timed_out` with a text that says so.
class blocking_client {
 public:
  explicit blocking_client(runtime::client& through, std::string name_space = "team")
      : through_(through), name_space_(std::move(name_space)) {}

  /// Starts an operation of the scripted agent with a text.
  runtime::expected<runtime::start_reply> start(const std::string& operation, const std::string& id,
                                                const std::string& input = {}) {
    return start(request(operation, id, input));
  }
  runtime::start_request request(const std::string& operation, const std::string& id,
                                 const std::string& input = {}) const {
    runtime::start_request made;
    made.name_space = name_space_;
    made.agent = "test.Agent";
    made.operation = operation;
    made.workflow_id = id;
    made.input = encode(input);
    return made;
  }
  runtime::expected<runtime::start_reply> start(runtime::start_request what) {
    return ask<runtime::start_reply>(
        [&](auto reply) { through_.start(std::move(what), std::move(reply)); });
  }
  /// The node's time may pass quickly; what limits the wait is that of `ask`.
  runtime::expected<runtime::run_result> result(
      const std::string& id, runtime::duration wait = runtime::seconds(1'000'000)) {
    return ask<runtime::run_result>(
        [&](auto reply) { through_.result(of(id), wait, std::move(reply)); });
  }
  /// Starts and waits: the text that it gave, or "<status>: <failure>", or the error.
  std::string run(const std::string& operation, const std::string& id,
                  const std::string& input = {});
  /// Waits for the end of a run: as above.
  std::string end_of(const std::string& id);
  static std::string text_of(const runtime::expected<runtime::run_result>& result);

  runtime::expected<runtime::start_reply> signal(const std::string& id, const std::string& name,
                                                 const std::string& value,
                                                 const std::string& key = {}) {
    return signal({of(id), name, key, encode(value)});
  }
  runtime::expected<runtime::start_reply> signal(runtime::signal_request what) {
    return ask<runtime::start_reply>(
        [&](auto reply) { through_.signal(std::move(what), std::move(reply)); });
  }
  /// A signal as the edge makes it of JSON.
  runtime::signal_request made_by_the_edge(const std::string& id, const std::string& name,
                                           const std::string& value) const {
    return {of(id), name, {}, encode(value), false};
  }
  runtime::expected<runtime::start_reply> control(const std::string& id, runtime::control_verb verb,
                                                  const std::string& key = {}) {
    return ask<runtime::start_reply>([&](auto reply) {
      through_.control({of(id), verb, key, "the test wants it"}, std::move(reply));
    });
  }
  runtime::expected<runtime::run_details> describe(const std::string& id) {
    return ask<runtime::run_details>(
        [&](auto reply) { through_.describe(of(id), std::move(reply)); });
  }
  runtime::expected<runtime::list_reply> list(runtime::list_request what) {
    what.name_space = name_space_;
    return ask<runtime::list_reply>(
        [&](auto reply) { through_.list(std::move(what), std::move(reply)); });
  }
  runtime::expected<std::vector<runtime::history_event>> history(const std::string& id) {
    return ask<std::vector<runtime::history_event>>(
        [&](auto reply) { through_.history(of(id), std::move(reply)); });
  }
  /// The answer as text.
  runtime::expected<std::string> query(const std::string& id, const std::string& name = "shown",
                                       const std::string& input = {});
  runtime::expected<runtime::node_status> status() {
    return ask<runtime::node_status>([&](auto reply) { through_.status(std::move(reply)); });
  }
  runtime::workflow_address of(const std::string& id) const { return {name_space_, id, {}}; }

  template <class T, class Ask>
  static runtime::expected<T> ask(const Ask& asks) {
    auto answer = std::make_shared<std::promise<runtime::expected<T>>>();
    auto future = answer->get_future();
    asks([answer](runtime::expected<T> got) { answer->set_value(std::move(got)); });
    if (future.wait_for(std::chrono::seconds(120)) != std::future_status::ready)
      return runtime::fail(runtime::errc::timed_out, "NO ANSWER within two minutes");
    return future.get();
  }

 private:
  runtime::client& through_;
  std::string name_space_;
};

}  // namespace perdure::testing
