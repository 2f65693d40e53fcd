#pragma once

#include "legal/policy.perdure.hpp"
#include "runtime/author/agent.hpp"

namespace legal::v1 {

using namespace std::chrono_literals;

class policy_desk : public policy {
 public:
  perdure::workflow<Ruling> decide(perdure::context& context, Licence licence) override;
  Licence question(const perdure::query_context&) const override { return licence_; }
  Likeness compare(perdure::step_context&, Pair pair) override;

 private:
  Licence licence_;  // the run's state: brought back by replay
};

/// From any other team's workflow: one run per licence, whose ruling all who ask get.
perdure::task<Ruling> ask_legal(perdure::context& context, Licence licence);

}  // namespace legal::v1
