#include "examples/licence_audit/agents/reader.hpp"

#include <utility>
#include <vector>

#include "examples/licence_audit/agents/steps.hpp"
#include "examples/licence_audit/classify.hpp"
#include "licence_audit/legal.perdure.hpp"

namespace licence_audit {
namespace {

/// A question that legal did not answer leaves its licence doubtful, with the reason.
legal::v1::Decision undecided(const legal::v1::Question& question, const perdure::failure& why) {
  legal::v1::Decision decision;
  decision.set_key(question.key());
  decision.set_category(legal::v1::DOUBTFUL);
  decision.set_decided_by("nobody");
  decision.set_reason("legal did not answer: " + why.type());
  return decision;
}

perdure::task<std::vector<legal::v1::Decision>> ask_legal(
    perdure::context& ctx, std::vector<legal::v1::Question> questions) {
  legal::v1::policy_client legal(ctx, "legal");
  std::vector<perdure::pending<legal::v1::Decision>> asked;
  for (const auto& question : questions) {
    // Others may wait for the same decision: it goes on without this run.
    asked.push_back(legal.decide(question, {.workflow_id = {},
                                            .policy = perdure::id_policy::attach,
                                            .on_close = perdure::close_policy::abandon}));
  }
  auto answers = co_await perdure::all_settled(std::move(asked));
  std::vector<legal::v1::Decision> decisions;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] && answers[i].error().is_cancelled()) throw answers[i].error();
    decisions.push_back(answers[i] ? std::move(*answers[i])
                                   : undecided(questions[i], answers[i].error()));
  }
  co_return decisions;
}

}  // namespace

perdure::workflow<audit::v1::PackageFinding> reader::read_package(perdure::context& ctx,
                                                                  audit::v1::ReadRequest request) {
  auto excerpt = co_await ctx.step(read_copyright, request);
  auto finding = co_await ctx.step(judge_excerpt, std::move(excerpt), request.step_delay_ms());
  auto questions = questions_for_legal(finding);
  if (!questions.empty()) {
    apply_decisions(finding, co_await ask_legal(ctx, std::move(questions)));
  }
  co_return finding;
}

}  // namespace licence_audit
