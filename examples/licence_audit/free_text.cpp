#include "examples/licence_audit/free_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "examples/licence_audit/characters.hpp"
#include "examples/licence_audit/gnu_grants.hpp"
#include "examples/licence_audit/policy.hpp"
#include "examples/licence_audit/wording.hpp"

namespace licence_audit {
namespace {

/// A special exception that frees what the runtime library or class path is linked into.
struct special_exception {
  std::string_view words;
  std::string_view family;  ///< the keys that it changes start with this
  std::string_view exception;
};
constexpr special_exception special_exceptions[] = {
    {" gcc runtime library exception ", "GPL-3.0", "GCC-exception-3.1"},
    {" classpath exception ", "GPL-2.0", "Classpath-exception-2.0"},
    {" linking this library statically or dynamically with other modules is making a combined "
     "work ",
     "GPL-2.0", "Classpath-exception-2.0"},
    {" llvm exceptions to the apache 2.0 license ", "Apache-2.0", "LLVM-exception"},
};

/// Parts of a work come under the exception, parts without: the one with it is found besides.
void add_special_exceptions(std::string_view text, std::vector<recognised>& found) {
  for (const auto& special : special_exceptions) {
    const auto at = text.find(special.words);
    if (at == std::string_view::npos) continue;
    const auto base = std::ranges::find_if(
        found, [&](const recognised& r) { return r.key.starts_with(special.family); });
    if (base != found.end()) {
      found.push_back({base->key + " WITH " + std::string(special.exception), audit::v1::HIGH, at});
    }
  }
}

}  // namespace

std::string evidence_line(std::string_view text, std::size_t number) {
  constexpr std::size_t longest = 100;
  for (std::size_t line = 1; line < number; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return std::string(cut(trimmed(text.substr(0, text.find('\n'))), longest));
}

std::string wording_for_question(const plain_words& words) {
  auto text = words.text();
  text.remove_prefix(std::min<std::size_t>(1, text.size()));
  if (text.size() > longest_wording) text = text.substr(0, text.rfind(' ', longest_wording));
  if (text.ends_with(' ')) text.remove_suffix(1);
  return std::string(text);
}

std::vector<audit::v1::Licence> licences_in_text(std::string_view text, std::size_t first_line) {
  const plain_words words(text, first_line);
  auto found = licences_by_wording(words);
  std::ranges::move(bsd_licences(words), std::back_inserter(found));
  std::ranges::move(gnu_grants(words), std::back_inserter(found));
  add_special_exceptions(words.text(), found);

  // A licence that several wordings know: the surest, then the first.
  std::map<std::string, recognised> best;
  for (auto& one : found) {
    auto [place, is_new] = best.try_emplace(one.key, one);
    if (!is_new && std::pair(-one.confidence, one.position) <
                       std::pair(-place->second.confidence, place->second.position)) {
      place->second = one;
    }
  }
  const bool any_sure = std::ranges::any_of(
      best, [](const auto& entry) { return entry.second.confidence > audit::v1::LOW; });
  std::vector<audit::v1::Licence> result;
  for (const auto& [key, one] : best) {
    if (any_sure && one.confidence == audit::v1::LOW) continue;
    auto& licence = result.emplace_back();
    licence.set_key(key);
    licence.set_confidence(one.confidence);
    const auto line = words.line_at(one.position + 1);
    licence.set_line(static_cast<std::uint32_t>(line));
    licence.set_evidence(evidence_line(text, line - first_line + 1));
  }
  std::ranges::sort(result, {},
                    [](const auto& licence) { return std::pair(licence.line(), licence.key()); });
  return result;
}

}  // namespace licence_audit
