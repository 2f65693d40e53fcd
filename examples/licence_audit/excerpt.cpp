#include "examples/licence_audit/excerpt.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "examples/licence_audit/characters.hpp"
#include "examples/licence_audit/copyright_file.hpp"
#include "examples/licence_audit/licence_expression.hpp"
#include "examples/licence_audit/licence_key.hpp"
#include "examples/licence_audit/text_decoding.hpp"

namespace licence_audit {
namespace {

using audit::v1::Excerpt;
using audit::v1::Problem;

constexpr std::size_t longest_prose = 256 * 1024;
constexpr std::size_t longest_texts = 256 * 1024;  ///< all of them together
constexpr std::size_t longest_expression = 400;
constexpr std::size_t most_grants = 500;
constexpr std::size_t most_problems = 50;

/// A License field as meant: some authors write the name on the line below.
struct licence_field {
  std::string expression;
  std::string text;
  std::size_t line;
};
licence_field as_meant(const field& written) {
  licence_field result{written.value, written.text, written.line};
  while (result.expression.empty() && !result.text.empty()) {
    const auto end = result.text.find('\n');
    result.expression = result.text.substr(0, end);
    result.text.erase(0, end + 1);
    result.expression.erase(0, result.expression.find_first_not_of(" \t"));
  }
  return result;
}

bool has_words(std::string_view text) {
  return text.find_first_not_of(" \t\n.") != std::string_view::npos;
}

/// Collects from the stanzas of one file what make_excerpt() gives back.
class condenser {
 public:
  explicit condenser(Excerpt& into) : into_(into) {}

  void take(const copyright_file& file) {
    if (file.header) grant_of(*file.header);
    for (const auto& stanza : file.files) grant_of(stanza);
    for (const auto& stanza : file.licences) {
      if (const auto* field = stanza.find("License")) keep_text(as_meant(*field));
    }
    // A file of texts alone grants what it has the texts of.
    if (into_.grants().empty()) {
      for (const auto& stanza : file.licences) grant_of(stanza);
    }
    note_missing_texts();
  }

 private:
  void grant_of(const stanza& from) {
    const auto* field = from.find("License");
    if (field == nullptr) return;
    const auto licence = as_meant(*field);
    if (licence.expression.empty()) {
      *into_.add_problems() =
          make_problem(Problem::MISSING_FIELD, licence.line, "License is empty");
      return;
    }
    if (auto known = grants_.find(licence.expression); known != grants_.end()) {
      auto* grant = into_.mutable_grants(known->second);
      grant->set_stanzas(grant->stanzas() + 1);
    } else if (grants_.size() < most_grants) {
      grants_.emplace(licence.expression, into_.grants_size());
      auto* grant = into_.add_grants();
      grant->set_expression(std::string(cut(licence.expression, longest_expression)));
      grant->set_line(static_cast<std::uint32_t>(licence.line));
      grant->set_stanzas(1);
      note_names(licence);
    }
    keep_text(licence);
  }

  /// What the expression names must have a text somewhere.
  void note_names(const licence_field& licence) {
    const auto parsed = parse_expression(licence.expression);
    if (!parsed) {
      *into_.add_problems() =
          make_problem(Problem::BAD_EXPRESSION, licence.line,
                       fmt::format("no licence's name: {}", cut(licence.expression, 80)));
      return;
    }
    if (has_words(licence.text)) return;
    for_each_licence(*parsed, [&](const licence_expression& one) {
      needed_.emplace(lower_case(one.name), std::pair(one.name, licence.line));
    });
  }

  void keep_text(const licence_field& licence) {
    const auto parsed = parse_expression(licence.expression);
    auto text = licence.text;
    if (!parsed) text = licence.expression + "\n" + text;  // the licence starts on the first line
    if (!has_words(text)) return;
    if (parsed) {
      for_each_licence(*parsed, [this](const licence_expression& one) {
        defined_.insert(lower_case(one.name));
      });
      if (is_well_known(*parsed)) return;
    }
    if (!texts_.insert(licence.expression).second) return;
    const auto room = longest_texts - std::min(longest_texts, size_of_texts_);
    size_of_texts_ += text.size();
    if (text.size() > room) note_cut(licence.line);
    auto* kept = into_.add_texts();
    kept->set_name(std::string(cut(licence.expression, longest_expression)));
    kept->set_text(std::string(cut(text, room)));
    kept->set_line(static_cast<std::uint32_t>(licence.line + (parsed ? 1 : 0)));
  }

  static bool is_well_known(const licence_expression& expression) {
    bool result = true;
    for_each_licence(expression, [&](const licence_expression& one) {
      const auto named = licence_key(one.name);
      result = result && named && named->exact;
    });
    return result;
  }

  void note_cut(std::size_t line) {
    if (std::exchange(cut_noted_, true)) return;
    *into_.add_problems() =
        make_problem(Problem::CUT_OFF, line,
                     fmt::format("only the first {} KiB of unusual licences are looked at",
                                 longest_texts / 1024));
  }

  void note_missing_texts() {
    for (const auto& [name, first] : needed_) {
      if (defined_.contains(name)) continue;
      *into_.add_problems() =
          make_problem(Problem::NO_LICENCE_TEXT, first.second,
                       fmt::format("the text of {} is nowhere in the file", cut(first.first, 80)));
    }
  }

  Excerpt& into_;
  std::map<std::string, int> grants_;  ///< by expression: index into the excerpt's grants
  std::map<std::string, std::pair<std::string, std::size_t>> needed_;  ///< by lower-case name
  std::set<std::string> defined_;
  std::set<std::string> texts_;
  std::size_t size_of_texts_ = 0;
  bool cut_noted_ = false;
};

void take_prose(Excerpt& into, std::string_view prose, std::size_t line) {
  if (prose.size() > longest_prose) {
    *into.add_problems() =
        make_problem(Problem::CUT_OFF, line,
                     fmt::format("only the first {} KiB are looked at", longest_prose / 1024));
  }
  into.set_prose(std::string(cut(prose, longest_prose)));
  into.set_prose_line(static_cast<std::uint32_t>(line));
}

/// In the order of lines; a file that breaks every rule is told so often enough.
void settle_problems(Excerpt& excerpt) {
  std::vector<Problem> all(excerpt.problems().begin(), excerpt.problems().end());
  std::ranges::sort(all, {},
                    [](const Problem& p) { return std::tuple(p.line(), p.kind(), p.detail()); });
  if (all.size() > most_problems) all.resize(most_problems);
  excerpt.mutable_problems()->Assign(all.begin(), all.end());
}

}  // namespace

Excerpt make_excerpt(std::string package, std::string_view bytes) {
  Excerpt result;
  result.set_package(std::move(package));
  result.set_bytes(bytes.size());
  const auto decoded = decode_text(bytes);
  result.mutable_problems()->Assign(decoded.problems.begin(), decoded.problems.end());
  if (!decoded.is_text) {
    result.set_form(audit::v1::UNREADABLE);
    return result;
  }
  const std::string_view text = decoded.text;
  result.set_lines(static_cast<std::uint32_t>(std::ranges::count(text, '\n')) +
                   (text.ends_with('\n') ? 0 : 1));
  if (is_machine_readable(text)) {
    result.set_form(audit::v1::MACHINE_READABLE);
    const auto file = parse_copyright_file(text);
    for (const auto& problem : file.problems) *result.add_problems() = problem;
    condenser(result).take(file);
    take_prose(result, file.prose, file.prose_line);
  } else {
    result.set_form(audit::v1::FREE_TEXT);
    take_prose(result, text, 1);
  }
  settle_problems(result);
  return result;
}

Excerpt unreadable(std::string package, Problem problem) {
  Excerpt result;
  result.set_package(std::move(package));
  result.set_form(audit::v1::UNREADABLE);
  *result.add_problems() = std::move(problem);
  return result;
}

}  // namespace licence_audit
