#include "examples/licence_audit/classify.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "examples/licence_audit/characters.hpp"
#include "examples/licence_audit/free_text.hpp"
#include "examples/licence_audit/licence_expression.hpp"
#include "examples/licence_audit/licence_key.hpp"
#include "examples/licence_audit/plain_words.hpp"
#include "examples/licence_audit/policy.hpp"
#include "examples/licence_audit/text_decoding.hpp"

namespace licence_audit {
namespace {

using audit::v1::Excerpt;
using audit::v1::Licence;
using audit::v1::LicenceText;
using audit::v1::PackageFinding;
using audit::v1::Problem;
using kind = licence_expression::kind;

/// The key of a leaf whose name and exception are SPDX's already.
std::string spdx(const licence_expression& one) {
  return one.exception.empty() ? one.name : one.name + " WITH " + one.exception;
}

licence_expression leaf(std::string key) {
  licence_expression result;
  const auto with = key.find(" WITH ");
  if (with != std::string::npos) result.exception = key.substr(with + 6);
  result.name = key.substr(0, with);
  return result;
}

std::string evidence_of(const audit::v1::Grant& grant) {
  constexpr std::size_t longest = 100;
  return "License: " + std::string(cut(grant.expression(), longest));
}

/// Turns the grants and the prose of one excerpt into licences and terms.
class judge {
 public:
  judge(const Excerpt& excerpt, PackageFinding& finding) : excerpt_(excerpt), finding_(finding) {
    for (const auto& text : excerpt.texts()) texts_.emplace(lower_case(text.name()), &text);
  }

  void run() {
    for (const auto& grant : excerpt_.grants()) take_grant(grant);
    if (excerpt_.form() == audit::v1::FREE_TEXT) {
      take_free_text();
    } else if (!excerpt_.prose().empty()) {
      for (auto& found : licences_in_text(excerpt_.prose(), excerpt_.prose_line())) {
        if (found.confidence() > audit::v1::LOW) take_found(std::move(found));
      }
    }
    for (auto& [key, licence] : licences_) *finding_.add_licences() = std::move(licence);
    for (auto& [expression, term] : terms_) *finding_.add_terms() = std::move(term);
  }

 private:
  void add_licence(Licence licence) {
    licence.set_category(category_of(licence.key()));
    auto [place, is_new] = licences_.try_emplace(licence.key(), licence);
    if (!is_new && std::pair(-licence.confidence(), licence.line()) <
                       std::pair(-place->second.confidence(), place->second.line())) {
      place->second = std::move(licence);
    }
  }

  void add_term(const licence_expression& expression, std::uint32_t line) {
    auto text = render(expression, spdx);
    auto [place, is_new] = terms_.try_emplace(text);
    auto& term = place->second;
    if (is_new || line < term.line()) term.set_line(line);
    term.set_expression(std::move(text));
    term.set_category(category_of(
        expression, [](const licence_expression& one) { return category_of(spdx(one)); }));
  }

  void take_found(Licence found) {
    add_term(leaf(found.key()), found.line());
    add_licence(std::move(found));
  }

  void take_grant(const audit::v1::Grant& grant) {
    if (const auto parsed = parse_expression(grant.expression())) {
      add_term(resolve(*parsed, grant), grant.line());
    } else {
      // The licence's own words stand where its name should.
      const auto text = texts_.find(lower_case(grant.expression()));
      add_term(by_words({}, text == texts_.end() ? nullptr : text->second, grant), grant.line());
    }
  }

  /// The same expression in SPDX's names.
  licence_expression resolve(const licence_expression& expression, const audit::v1::Grant& grant) {
    if (expression.type == kind::licence) return resolve_one(expression, grant);
    licence_expression result{.type = expression.type, .name = {}, .exception = {}, .parts = {}};
    for (const auto& part : expression.parts) result.parts.push_back(resolve(part, grant));
    return result;
  }

  licence_expression resolve_one(const licence_expression& one, const audit::v1::Grant& grant) {
    const auto named = licence_key(one.name);
    const auto* text = text_of(one, grant);
    if (!named || (!named->exact && text != nullptr)) return by_words(one.name, text, grant, named);
    auto result = leaf(named->key);
    if (!one.exception.empty()) result.exception = exception_key(one.exception);
    Licence licence;
    licence.set_key(spdx(result));
    licence.set_name(one.exception.empty() ? one.name : one.name + " with " + one.exception);
    licence.set_confidence(named->exact ? audit::v1::HIGH : audit::v1::MEDIUM);
    licence.set_line(grant.line());
    licence.set_evidence(evidence_of(grant));
    add_licence(std::move(licence));
    return result;
  }

  const LicenceText* text_of(const licence_expression& one, const audit::v1::Grant& grant) const {
    for (const auto& name : {lower_case(one.name), lower_case(grant.expression())}) {
      if (const auto found = texts_.find(name); found != texts_.end()) return found->second;
    }
    return nullptr;
  }

  /// What the words behind a name say; doubtful if they say nothing known. `expected`: what the
  /// name resembles.
  licence_expression by_words(const std::string& name, const LicenceText* text,
                              const audit::v1::Grant& grant,
                              const std::optional<named_licence>& expected = {}) {
    std::vector<Licence> found;
    if (text != nullptr) found = licences_in_text(text->text(), text->line());
    std::erase_if(found, [](const Licence& l) { return l.confidence() == audit::v1::LOW; });
    if (expected) {
      const auto same = std::ranges::find(found, expected->key, &Licence::key);
      if (same != found.end()) found = {*same};
    }
    if (found.empty()) {
      return doubtful(name, text == nullptr ? std::string_view{} : text->text(), grant.line(),
                      evidence_of(grant));
    }
    licence_expression result{.type = kind::all_of, .name = {}, .exception = {}, .parts = {}};
    for (auto& licence : found) {
      licence.set_name(name);
      result.parts.push_back(leaf(licence.key()));
      add_licence(std::move(licence));
    }
    return result.parts.size() == 1 ? std::move(result.parts.front()) : result;
  }

  licence_expression doubtful(const std::string& name, std::string_view text, std::uint32_t line,
                              std::string evidence) {
    const plain_words words(text);
    Licence licence;
    licence.set_key(unknown_key(name, words.text()));
    licence.set_name(name);
    licence.set_confidence(audit::v1::LOW);
    licence.set_line(line);
    licence.set_evidence(std::move(evidence));
    licence.set_wording(wording_for_question(words));
    auto result = leaf(licence.key());
    add_licence(std::move(licence));
    return result;
  }

  void take_free_text() {
    auto found = licences_in_text(excerpt_.prose());
    const bool sure = std::ranges::any_of(
        found, [](const Licence& l) { return l.confidence() > audit::v1::LOW; });
    if (sure) {
      for (auto& licence : found) take_found(std::move(licence));
      return;
    }
    // Something is named in passing, or nothing at all: the doubt is about this very text.
    const auto name = found.empty() ? std::string("unknown") : found.front().key();
    const auto line = found.empty() ? 1 : found.front().line();
    auto evidence = found.empty() ? evidence_line(excerpt_.prose(), 1) : found.front().evidence();
    if (found.empty()) {
      *finding_.add_problems() =
          make_problem(Problem::NO_LICENCE, 0, "no known licence is granted in the text");
    }
    add_term(doubtful(name, excerpt_.prose(), line, std::move(evidence)), line);
  }

  const Excerpt& excerpt_;
  PackageFinding& finding_;
  std::map<std::string, const LicenceText*> texts_;  ///< by lower-case name
  std::map<std::string, Licence> licences_;          ///< by key
  std::map<std::string, audit::v1::Term> terms_;     ///< by expression
};

void settle_category(PackageFinding& finding) {
  auto result = finding.terms().empty() ? legal::v1::DOUBTFUL : legal::v1::CATEGORY_UNSPECIFIED;
  for (const auto& term : finding.terms()) result = std::max(result, term.category());
  finding.set_category(result);
}

}  // namespace

PackageFinding classify(const Excerpt& excerpt) {
  PackageFinding result;
  result.set_package(excerpt.package());
  result.set_form(excerpt.form());
  result.set_bytes(excerpt.bytes());
  *result.mutable_problems() = excerpt.problems();
  if (excerpt.form() != audit::v1::UNREADABLE) judge(excerpt, result).run();
  if (excerpt.form() == audit::v1::MACHINE_READABLE && result.terms().empty()) {
    *result.add_problems() = make_problem(Problem::NO_LICENCE, 0, "no licence is granted");
  }
  settle_category(result);
  return result;
}

std::vector<legal::v1::Question> questions_for_legal(const PackageFinding& finding) {
  std::map<std::string, const Licence*> licences;
  for (const auto& licence : finding.licences()) licences[licence.key()] = &licence;
  std::map<std::string, legal::v1::Question> questions;
  for (const auto& term : finding.terms()) {
    if (term.category() != legal::v1::DOUBTFUL) continue;
    const auto parsed = parse_expression(term.expression());
    if (!parsed) continue;
    for_each_licence(*parsed, [&](const licence_expression& one) {
      const auto known = licences.find(spdx(one));
      if (known == licences.end() || known->second->category() != legal::v1::DOUBTFUL) return;
      auto& question = questions[known->first];
      question.set_key(known->first);
      question.set_name(known->second->name());
      question.set_wording(known->second->wording());
      question.set_asked_for(finding.package());
    });
  }
  std::vector<legal::v1::Question> result;
  for (auto& [key, question] : questions) result.push_back(std::move(question));
  return result;
}

void apply_decisions(PackageFinding& finding, const std::vector<legal::v1::Decision>& decisions) {
  std::map<std::string, legal::v1::Decision> by_key;
  for (const auto& decision : decisions) by_key[decision.key()] = decision;
  finding.clear_decisions();
  for (const auto& [key, decision] : by_key) *finding.add_decisions() = decision;
  auto of_one = [&by_key](const licence_expression& one) {
    const auto decided = by_key.find(spdx(one));
    return decided == by_key.end() ? category_of(spdx(one)) : decided->second.category();
  };
  for (auto& term : *finding.mutable_terms()) {
    if (const auto parsed = parse_expression(term.expression())) {
      term.set_category(category_of(*parsed, of_one));
    }
  }
  settle_category(finding);
}

}  // namespace licence_audit
