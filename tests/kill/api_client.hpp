#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "transport/http_client.hpp"

namespace perdure::testing {

/// What the HTTP API answered: 0 if nobody did.
struct api_answer {
  unsigned status = 0;
  nlohmann::json body;

  bool is_ok() const { return status == 200 || status == 201; }
  /// Nothing is known, or the node is not there: the same request may be sent again.
  bool must_be_repeated() const {
    return status == 0 || status == 503 || status == 429 || status == 500 || status == 504;
  }
  std::string text(const char* member) const {
    const auto found = body.find(member);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
  }
  /// The API's code and message, or what there is.
  std::string error() const;
};

/// The HTTP API as a program outside would use it. One thread.
class api_client {
 public:
  explicit api_client(std::uint16_t port) : api_client({port}, runtime::seconds(20)) {}
  /// Of a cluster: asks the first of its nodes, and from then on the next when one gave no answer
  /// within `patience`, or one that must be repeated.
  api_client(const std::vector<std::uint16_t>& ports, runtime::duration patience);
  /// From now on asks the next node.
  void move_on() { asked_ = (asked_ + 1) % nodes_.size(); }

  api_answer start(const std::string& name_space, const std::string& operation,
                   const std::string& id, const std::string& input, const std::string& key);
  /// A start that gets the run that has this id already, open or closed.
  api_answer attach(const std::string& name_space, const std::string& operation,
                    const std::string& id, const std::string& input, const std::string& key);
  api_answer signal(const std::string& name_space, const std::string& id, const std::string& name,
                    const std::string& value, const std::string& key);
  api_answer control(const std::string& name_space, const std::string& id, const std::string& verb,
                     const std::string& key);
  api_answer result(const std::string& name_space, const std::string& id, const std::string& wait);
  api_answer describe(const std::string& name_space, const std::string& id);
  api_answer history(const std::string& name_space, const std::string& id);
  api_answer list(const std::string& name_space, const std::string& query);
  api_answer query(const std::string& name_space, const std::string& id, const std::string& name);
  api_answer get(const std::string& target);

 private:
  api_answer post(const std::string& target, const nlohmann::json& body);
  api_answer send(transport::http_request request);
  static std::string workflow(const std::string& name_space, const std::string& id);

  std::vector<transport::http_client> nodes_;
  std::size_t asked_ = 0;
};

}  // namespace perdure::testing
