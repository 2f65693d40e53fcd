#pragma once

#include <memory>

#include "runtime/turn_executor.hpp"

namespace perdure {

/// A run in two copies: each activation runs in both, and must ask for the same in both. So a
/// clock, chance, an address or a global variable in workflow code is found when it is first used,
/// not after the next restart. What debug builds do (DESIGN 6.10); costs every activation twice.
class double_checked_execution final : public runtime::execution {
 public:
  double_checked_execution(std::unique_ptr<runtime::execution> first,
                           std::unique_ptr<runtime::execution> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  runtime::turn_result activate(const runtime::activation& work) override;
  runtime::expected<runtime::payload> query(std::string_view name,
                                            const runtime::payload& input) override {
    return first_->query(name, input);
  }

 private:
  std::unique_ptr<runtime::execution> first_;
  std::unique_ptr<runtime::execution> second_;
};

}  // namespace perdure
