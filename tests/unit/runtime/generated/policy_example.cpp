// The code of docs/agents.md: policy_example_test.cpp compares and runs it.

#include "tests/unit/runtime/generated/policy_example.hpp"

namespace legal::v1 {

perdure::workflow<Ruling> policy_desk::decide(perdure::context& context, Licence licence) {
  licence_ = licence;
  if (licence.key() == "mit") {
    Ruling ruling;
    ruling.set_allowed(true);
    ruling.set_reason("a permissive licence");
    co_return ruling;
  }
  co_return co_await context.signal(settle, 72h);
}

Likeness policy_desk::compare(perdure::step_context&, Pair pair) {
  Likeness likeness;
  likeness.set_percent(pair.one() == pair.other() ? 100 : 0);
  return likeness;
}

perdure::task<Ruling> ask_legal(perdure::context& context, Licence licence) {
  policy_client policy(context, "legal");
  perdure::call_options options;
  options.policy = perdure::id_policy::attach;
  co_return co_await policy.decide(licence, options);
}

}  // namespace legal::v1
