#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "nexus/api/http_api.hpp"
#include "tests/unit/nexus/scripted_client.hpp"

namespace perdure::nexus {

/// A clock that a test moves.
struct still_clock final : runtime::clock {
  runtime::timestamp now() const override { return time; }
  runtime::timestamp monotonic() const override { return time; }
  runtime::timestamp time{1'700'000'000'000'000};
};

/// Keeps the answer of one request.
struct kept_answer final : transport::http_response_sink {
  void send(transport::http_reply reply) override {
    ++count;
    if (auto* ready = std::get_if<transport::http_response>(&reply)) {
      response = std::move(*ready);
    } else {
      response = std::get<1>(reply)();
    }
  }
  std::optional<transport::http_response> response;
  int count = 0;
};

struct api_test : testing::Test {
  api_test() { client.hosted = sample_agents(); }

  http_api& api() {
    if (!api_) api_ = std::make_unique<http_api>(client, measured, clock, options);
    return *api_;
  }

  /// Hands a request to the API, and gives what will hold the answer.
  std::shared_ptr<kept_answer> begin(transport::http_method method, std::string target,
                                     std::string body = {},
                                     std::vector<transport::http_header> headers = {}) {
    if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
    auto answer = std::make_shared<kept_answer>();
    api().handle({.method = method,
                  .target = std::move(target),
                  .headers = std::move(headers),
                  .body = std::move(body)},
                 transport::http_responder(answer));
    return answer;
  }

  struct outcome {
    unsigned status = 0;
    nlohmann::json json;
    transport::http_response response;
    std::string code() const { return json.at("error").at("code"); }
    std::string message() const { return json.at("error").at("message"); }
  };

  static outcome finished(const kept_answer& answer) {
    outcome result;
    EXPECT_EQ(answer.count, 1) << "each request is answered once";
    if (!answer.response) return result;
    result.response = *answer.response;
    result.status = result.response.status;
    if (result.response.content_type == "application/json") {
      result.json = nlohmann::json::parse(result.response.body);
    }
    return result;
  }

  outcome post(std::string target, std::string body = {}) {
    return finished(*begin(transport::http_method::post, std::move(target), std::move(body)));
  }
  outcome get(std::string target) {
    return finished(*begin(transport::http_method::get, std::move(target)));
  }

  scripted_client client;
  metrics measured;
  still_clock clock;
  api_options options;

 private:
  std::unique_ptr<http_api> api_;
};

}  // namespace perdure::nexus
