#include "examples/licence_audit/agents/policy_desk.hpp"

#include <chrono>
#include <utility>

#include "examples/licence_audit/policy.hpp"

namespace licence_audit {
namespace {

constexpr auto patience = std::chrono::days(30);

legal::v1::Decision decision(const legal::v1::Question& question, const legal::v1::Ruling& ruling) {
  legal::v1::Decision result;
  result.set_key(question.key());
  result.set_category(ruling.category());
  result.set_decided_by(ruling.decided_by());
  result.set_reason(ruling.reason());
  return result;
}

/// A ruling says what and who.
bool is_complete(const legal::v1::Ruling& ruling) {
  return ruling.category() != legal::v1::CATEGORY_UNSPECIFIED &&
         legal::v1::Category_IsValid(ruling.category()) && !ruling.decided_by().empty();
}

}  // namespace

perdure::workflow<legal::v1::Decision> policy_desk::decide(perdure::context& ctx,
                                                           legal::v1::Question question) {
  *open_.mutable_question() = question;
  if (auto decided = decide_by_policy(question)) co_return *decided;
  open_.set_waits_for_person(true);
  const auto last_moment = ctx.now() + perdure::to_duration(patience);
  while (true) {
    const auto left = std::chrono::microseconds((last_moment - ctx.now()).us);
    auto ruling = co_await ctx.signal(rule, left).outcome();
    if (ruling && is_complete(*ruling)) co_return decision(question, *ruling);
    if (ruling) {
      ctx.log.warning("a ruling on {} without category or name is ignored", question.key());
      continue;
    }
    if (!ruling.error().is_timed_out()) throw ruling.error();
    legal::v1::Ruling nobody;
    nobody.set_category(legal::v1::DOUBTFUL);
    nobody.set_decided_by("nobody");
    nobody.set_reason("nobody ruled in time");
    co_return decision(question, nobody);
  }
}

legal::v1::OpenQuestion policy_desk::open(const perdure::query_context&) const { return open_; }

}  // namespace licence_audit
