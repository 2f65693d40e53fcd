#pragma once

#include "licence_audit/legal.perdure.hpp"
#include "runtime/author/agent.hpp"

namespace licence_audit {

/// The legal team's desk: one run for each question. What its rules do not decide waits for a
/// person, for a month at most.
class policy_desk : public legal::v1::policy {
 public:
  perdure::workflow<legal::v1::Decision> decide(perdure::context& ctx,
                                                legal::v1::Question question) override;
  legal::v1::OpenQuestion open(const perdure::query_context& ctx) const override;

 private:
  legal::v1::OpenQuestion open_;
};

}  // namespace licence_audit
