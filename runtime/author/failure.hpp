#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/failure.hpp"

namespace perdure {

using runtime::failure_info;
using runtime::outcome;

/// A durable failure: the one exception that workflow code may let escape. It fails the run, and
/// the caller's await throws it again with this one as a cause. Cheap to copy.
class failure : public std::exception {
 public:
  explicit failure(failure_info info);
  /// An author's own failure: `type` is the stable word that callers act on.
  failure(std::string type, std::string message);

  outcome kind() const { return data_->info.kind; }
  const std::string& type() const { return data_->info.type; }
  const std::string& message() const { return data_->info.message; }
  const std::string& origin() const { return data_->info.origin; }
  const std::vector<failure_info>& causes() const { return data_->info.causes; }
  const failure_info& info() const { return data_->info; }
  bool is_cancelled() const { return kind() == outcome::cancelled; }
  bool is_timed_out() const { return kind() == outcome::timed_out; }

  /// The same failure with one more cause.
  failure because_of(const failure& cause) const;

  /// "type: message (origin)"
  const char* what() const noexcept override { return data_->text.c_str(); }

 private:
  struct data {
    failure_info info;
    std::string text;
  };
  std::shared_ptr<const data> data_;  // shared: copying an exception must not throw
};

/// Thrown by a step: another attempt would end the same way, so there is none.
class permanent_error : public failure {
 public:
  permanent_error(std::string type, std::string message)
      : failure(std::move(type), std::move(message)) {}
  explicit permanent_error(std::string message) : failure("permanent_error", std::move(message)) {}
};

/// The exception that is being handled, as a failure: its own if it is one, else its C++ type and
/// what() of it. REQUIRES: called within a catch block.
failure_info describe_current_exception();

}  // namespace perdure
