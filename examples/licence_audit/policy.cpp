#include "examples/licence_audit/policy.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace licence_audit {
namespace {

using legal::v1::Category;

struct entry {
  std::string_view key;
  Category category;
};

/// Sorted by key. GNU's licences, whose keys follow a pattern, are not here.
constexpr auto table = std::to_array<entry>({
    {"0BSD", legal::v1::PERMISSIVE},
    {"AFL-2.0", legal::v1::PERMISSIVE},
    {"AFL-2.1", legal::v1::PERMISSIVE},
    {"AFL-3.0", legal::v1::PERMISSIVE},
    {"Apache-1.0", legal::v1::PERMISSIVE},
    {"Apache-1.1", legal::v1::PERMISSIVE},
    {"Apache-2.0", legal::v1::PERMISSIVE},
    {"Artistic-1.0-Perl", legal::v1::WEAK_COPYLEFT},
    {"Artistic-2.0", legal::v1::WEAK_COPYLEFT},
    {"BSD-1-Clause", legal::v1::PERMISSIVE},
    {"BSD-2-Clause", legal::v1::PERMISSIVE},
    {"BSD-3-Clause", legal::v1::PERMISSIVE},
    {"BSD-4-Clause", legal::v1::PERMISSIVE},
    {"BSD-4-Clause-UC", legal::v1::PERMISSIVE},
    {"BSL-1.0", legal::v1::PERMISSIVE},
    {"Beerware", legal::v1::PERMISSIVE},
    {"Bitstream-Vera", legal::v1::PERMISSIVE},
    {"Boehm-GC", legal::v1::PERMISSIVE},
    {"CC-BY-2.5", legal::v1::PERMISSIVE},
    {"CC-BY-3.0", legal::v1::PERMISSIVE},
    {"CC-BY-4.0", legal::v1::PERMISSIVE},
    {"CC-BY-SA-2.0", legal::v1::WEAK_COPYLEFT},
    {"CC-BY-SA-2.5", legal::v1::WEAK_COPYLEFT},
    {"CC-BY-SA-3.0", legal::v1::WEAK_COPYLEFT},
    {"CC-BY-SA-4.0", legal::v1::WEAK_COPYLEFT},
    {"CC0-1.0", legal::v1::PUBLIC_DOMAIN},
    {"CDDL-1.0", legal::v1::WEAK_COPYLEFT},
    {"CDDL-1.1", legal::v1::WEAK_COPYLEFT},
    {"CPL-1.0", legal::v1::WEAK_COPYLEFT},
    {"EPL-1.0", legal::v1::WEAK_COPYLEFT},
    {"EPL-2.0", legal::v1::WEAK_COPYLEFT},
    {"FSFAP", legal::v1::PERMISSIVE},
    {"FSFUL", legal::v1::PERMISSIVE},
    {"FSFULLR", legal::v1::PERMISSIVE},
    {"FSFULLRWD", legal::v1::PERMISSIVE},
    {"FTL", legal::v1::PERMISSIVE},
    {"GD", legal::v1::PERMISSIVE},
    {"HPND", legal::v1::PERMISSIVE},
    {"HPND-sell-variant", legal::v1::PERMISSIVE},
    {"ICU", legal::v1::PERMISSIVE},
    {"IJG", legal::v1::PERMISSIVE},
    {"ISC", legal::v1::PERMISSIVE},
    {"Info-ZIP", legal::v1::PERMISSIVE},
    {"Jam", legal::v1::PERMISSIVE},
    {"LPPL-1.3c", legal::v1::WEAK_COPYLEFT},
    {"Latex2e", legal::v1::PERMISSIVE},
    {"Libpng", legal::v1::PERMISSIVE},
    {"LicenseRef-public-domain", legal::v1::PUBLIC_DOMAIN},
    {"Linux-man-pages-copyleft", legal::v1::WEAK_COPYLEFT},
    {"MIT", legal::v1::PERMISSIVE},
    {"MIT-0", legal::v1::PERMISSIVE},
    {"MIT-CMU", legal::v1::PERMISSIVE},
    {"MPL-1.0", legal::v1::WEAK_COPYLEFT},
    {"MPL-1.1", legal::v1::WEAK_COPYLEFT},
    {"MPL-2.0", legal::v1::WEAK_COPYLEFT},
    {"MS-PL", legal::v1::WEAK_COPYLEFT},
    {"NCSA", legal::v1::PERMISSIVE},
    {"NTP", legal::v1::PERMISSIVE},
    {"OFL-1.1", legal::v1::WEAK_COPYLEFT},
    {"OLDAP-2.8", legal::v1::PERMISSIVE},
    {"OpenSSL", legal::v1::PERMISSIVE},
    {"PSF-2.0", legal::v1::PERMISSIVE},
    {"PostgreSQL", legal::v1::PERMISSIVE},
    {"Python-2.0", legal::v1::PERMISSIVE},
    {"RSA-MD", legal::v1::PERMISSIVE},
    {"Ruby", legal::v1::PERMISSIVE},
    {"SGI-B-2.0", legal::v1::PERMISSIVE},
    {"Sleepycat", legal::v1::STRONG_COPYLEFT},
    {"Spencer-86", legal::v1::PERMISSIVE},
    {"Spencer-94", legal::v1::PERMISSIVE},
    {"TCL", legal::v1::PERMISSIVE},
    {"UPL-1.0", legal::v1::PERMISSIVE},
    {"Unicode-DFS-2016", legal::v1::PERMISSIVE},
    {"Unlicense", legal::v1::PUBLIC_DOMAIN},
    {"Vim", legal::v1::WEAK_COPYLEFT},
    {"W3C", legal::v1::PERMISSIVE},
    {"WTFPL", legal::v1::PERMISSIVE},
    {"X11", legal::v1::PERMISSIVE},
    {"ZPL-2.0", legal::v1::PERMISSIVE},
    {"ZPL-2.1", legal::v1::PERMISSIVE},
    {"Zlib", legal::v1::PERMISSIVE},
    {"bzip2-1.0.6", legal::v1::PERMISSIVE},
    {"curl", legal::v1::PERMISSIVE},
    {"dtoa", legal::v1::PERMISSIVE},
    {"libtiff", legal::v1::PERMISSIVE},
});
static_assert(std::ranges::is_sorted(table, {}, &entry::key));

/// Exceptions that free what is built with the work, or linked against it.
constexpr auto freeing_exceptions = std::to_array<std::string_view>(
    {"Autoconf-exception-generic", "Bison-exception-2.2", "Classpath-exception-2.0",
     "Font-exception-2.0", "GCC-exception-3.1", "Libtool-exception", "Linux-syscall-note",
     "Texinfo-exception"});

/// The free documentation licence without "-no-invariants" is not here: it may forbid changes.
Category category_without_exception(std::string_view key) {
  if (key.starts_with("GPL-")) return legal::v1::STRONG_COPYLEFT;
  if (key.starts_with("LGPL-")) return legal::v1::WEAK_COPYLEFT;
  if (key.starts_with("AGPL-")) return legal::v1::NETWORK_COPYLEFT;
  if (key.starts_with("GFDL-") && key.contains("-no-invariants-")) {
    return legal::v1::STRONG_COPYLEFT;
  }
  const auto found = std::ranges::lower_bound(table, key, {}, &entry::key);
  return found != table.end() && found->key == key ? found->category : legal::v1::DOUBTFUL;
}

/// Words that may have been cut short go to a person.
constexpr std::size_t longest_word = 30;

legal::v1::Decision decision(const legal::v1::Question& question, Category category,
                             std::string reason) {
  legal::v1::Decision result;
  result.set_key(question.key());
  result.set_category(category);
  result.set_decided_by("policy");
  result.set_reason(std::move(reason));
  return result;
}

}  // namespace

Category category_of(std::string_view key) {
  constexpr std::string_view with = " WITH ";
  const auto at = key.find(with);
  const auto category = category_without_exception(key.substr(0, at));
  if (at == std::string_view::npos || category != legal::v1::STRONG_COPYLEFT) return category;
  const auto exception = key.substr(at + with.size());
  return std::ranges::find(freeing_exceptions, exception) != freeing_exceptions.end()
             ? legal::v1::WEAK_COPYLEFT
             : category;
}

Category category_of(const licence_expression& expression,
                     const std::function<Category(const licence_expression&)>& of_one) {
  if (expression.type == licence_expression::kind::licence) return of_one(expression);
  auto result = category_of(expression.parts.front(), of_one);
  for (const auto& part : expression.parts) {
    const auto other = category_of(part, of_one);
    result = expression.type == licence_expression::kind::all_of ? std::max(result, other)
                                                                 : std::min(result, other);
  }
  return result;
}

std::optional<legal::v1::Decision> decide_by_policy(const legal::v1::Question& question) {
  const std::string words = " " + question.wording() + " ";
  auto says = [&words](std::string_view phrase) { return words.contains(phrase); };
  if (question.wording().size() + longest_word > longest_wording) return std::nullopt;
  for (std::string_view uneasy :
       {" noncommercial ", " non commercial ", " be sold ", " not be modified ", " not be altered ",
        " educational ", " research ", " proprietary ", " confidential ", " export ", " patent ",
        " patents ", " same terms ", " same license ", " this license ", " source code must be ",
        " without modification ", " evaluation "}) {
    if (says(uneasy)) return std::nullopt;
  }
  for (std::string_view given : {" explicitly disclaims copyright ", " no copyright is claimed ",
                                 " dedicated to the public domain ", " public domain "}) {
    if (says(given)) {
      return decision(question, legal::v1::PUBLIC_DOMAIN, "its words give up all rights");
    }
  }
  const bool permits = says(" permission is granted ") || says(" permission is hereby granted ") ||
                       says(" permission to use ") || says(" gives unlimited permission ") ||
                       says(" redistribution and use ") || says(" freely ") ||
                       says(" unlimited permission ") || says(" is permitted ") ||
                       says(" are permitted ");
  const bool may_change =
      says(" modify ") || says(" modification ") || says(" modifications ") || says(" alter ");
  const bool may_pass_on = says(" distribute ") || says(" redistribute ") ||
                           says(" redistribution ") || says(" distribution ");
  if (permits && may_change && may_pass_on) {
    return decision(question, legal::v1::PERMISSIVE, "its words allow to use, change and pass on");
  }
  return std::nullopt;
}

std::string_view name(Category category) {
  switch (category) {
    case legal::v1::PUBLIC_DOMAIN:
      return "public domain";
    case legal::v1::PERMISSIVE:
      return "permissive";
    case legal::v1::WEAK_COPYLEFT:
      return "weak copyleft";
    case legal::v1::STRONG_COPYLEFT:
      return "strong copyleft";
    case legal::v1::NETWORK_COPYLEFT:
      return "network copyleft";
    case legal::v1::DOUBTFUL:
      return "doubtful";
    case legal::v1::REFUSED:
      return "refused";
    default:
      return "not judged";
  }
}

}  // namespace licence_audit
