#include "examples/licence_audit/gnu_grants.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace licence_audit {
namespace {

struct word {
  std::string_view text;
  std::size_t position;
};
using words_view = std::span<const word>;

std::vector<word> split(std::string_view text) {
  std::vector<word> words;
  for (std::size_t at = 1; at < text.size();) {
    const auto end = text.find(' ', at);
    words.push_back({text.substr(at, end - at), at});
    at = end + 1;
  }
  return words;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, text) != list.end();
}

struct version {
  std::string number;  ///< "2.1"
  bool or_later = false;
  bool no_invariants = false;  ///< of the GFDL: no text in the work is closed to changes
};

enum class weight { mention, reference, grant };

/// One place where a licence of the family is named.
struct mention {
  std::string family;
  std::size_t first, last;  ///< words [first, last)
  std::optional<version> given;
  weight how = weight::mention;
};

/// "2", "2.1", "v2", "2+": a version of the family. Others are section or year numbers.
std::optional<version> as_version(std::string_view family, std::string_view text) {
  version result;
  if (text.starts_with('v')) text.remove_prefix(1);
  if (text.ends_with('+')) {
    result.or_later = true;
    text.remove_suffix(1);
  }
  static constexpr auto known =
      std::to_array<std::pair<std::string_view, std::string_view>>({{"GPL", "1"},
                                                                    {"GPL", "2"},
                                                                    {"GPL", "3"},
                                                                    {"GPL", "1.0"},
                                                                    {"GPL", "2.0"},
                                                                    {"GPL", "3.0"},
                                                                    {"LGPL", "2"},
                                                                    {"LGPL", "2.0"},
                                                                    {"LGPL", "2.1"},
                                                                    {"LGPL", "3"},
                                                                    {"LGPL", "3.0"},
                                                                    {"AGPL", "3"},
                                                                    {"AGPL", "3.0"},
                                                                    {"GFDL", "1.1"},
                                                                    {"GFDL", "1.2"},
                                                                    {"GFDL", "1.3"}});
  if (std::ranges::find(known, std::pair(family, text)) == known.end()) return std::nullopt;
  result.number = text.contains('.') ? std::string(text) : std::string(text) + ".0";
  return result;
}

/// "gpl", "gplv2", "lgpl2.1+": the family, and the version written onto it.
std::optional<mention> abbreviated(std::string_view text) {
  static constexpr auto names = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"agpl", "AGPL"}, {"gfdl", "GFDL"}, {"lgpl", "LGPL"}, {"gpl", "GPL"}});
  for (const auto& [name, family] : names) {
    if (!text.starts_with(name)) continue;
    mention result{.family = std::string(family), .first = 0, .last = 0, .given = {}};
    const auto rest = text.substr(name.size());
    if (!rest.empty()) {
      result.given = as_version(family, rest);
      if (!result.given) return std::nullopt;
    }
    return result;
  }
  return std::nullopt;
}

/// A mention that starts at word `at`.
std::optional<mention> mention_at(words_view words, std::size_t at) {
  auto is = [&](std::size_t ahead, std::initializer_list<std::string_view> list) {
    return at + ahead < words.size() && is_one_of(words[at + ahead].text, list);
  };
  if (auto found = abbreviated(words[at].text)) {
    found->first = at;
    found->last = at + 1;
    return found;
  }
  const auto licence = {std::string_view("license"), std::string_view("licence"),
                        std::string_view("licenses"), std::string_view("licences")};
  std::string_view family;
  std::size_t length = 0;
  if (is(0, {"lesser", "library", "affero"}) && is(1, {"general"}) && is(2, {"public"}) &&
      is(3, licence)) {
    family = words[at].text == "affero" ? "AGPL" : "LGPL";
    length = 4;
  } else if (is(0, {"general"}) && is(1, {"public"}) && is(2, licence)) {
    family = "GPL";
    length = 3;
  } else if (is(0, {"gnu"}) && is(1, {"public"}) && is(2, licence)) {
    family = "GPL";
    length = 3;
  } else if (is(0, {"lesser", "library"}) && is(1, {"gpl"})) {
    family = "LGPL";
    length = 2;
  } else if (is(0, {"free"}) && is(1, {"documentation"}) && is(2, licence)) {
    family = "GFDL";
    length = 3;
  } else {
    return std::nullopt;
  }
  return mention{.family = std::string(family), .first = at, .last = at + length, .given = {}};
}

std::vector<mention> mentions_of(words_view words) {
  std::vector<mention> result;
  for (std::size_t at = 0; at < words.size();) {
    if (auto found = mention_at(words, at)) {
      at = found->last;
      result.push_back(std::move(*found));
    } else {
      ++at;
    }
  }
  return result;
}

/// "or any later version", "or (at your option) any later", "or later", "or newer".
bool allows_later(words_view after) {
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (is_one_of(after[i].text, {"later", "newer", "above", "higher", "greater", "subsequent"})) {
      const auto before = after.subspan(i < 7 ? 0 : i - 7, std::min<std::size_t>(i, 7));
      return std::ranges::any_of(
          before, [](const word& w) { return is_one_of(w.text, {"or", "any", "and"}); });
    }
  }
  return false;
}

words_view window(words_view words, std::size_t from, std::size_t count, std::size_t end) {
  end = std::min({end, words.size(), from + count});
  return from < end ? words.subspan(from, end - from) : words_view{};
}

/// The version in the words [from, end): one that follows "version", or a number right at `from`.
std::optional<version> version_in(const std::string& family, words_view words, std::size_t from,
                                  std::size_t end) {
  for (std::size_t i = from; i < end; ++i) {
    const bool announced =
        i == from || is_one_of(words[i - 1].text, {"version", "versions", "v", "either"});
    if (!announced) continue;
    if (auto found = as_version(family, words[i].text)) {
      constexpr std::size_t reach = 14;
      found->or_later = found->or_later || allows_later(window(words, i + 1, reach, words.size()));
      return found;
    }
  }
  return std::nullopt;
}

/// "with no Invariant Sections", "without any invariant sections".
bool rules_out_invariants(words_view after) {
  for (std::size_t i = 1; i < after.size(); ++i) {
    if (after[i].text != "invariant") continue;
    const auto before = after.subspan(i < 2 ? 0 : i - 2, std::min<std::size_t>(i, 2));
    return std::ranges::any_of(before,
                               [](const word& w) { return is_one_of(w.text, {"no", "without"}); });
  }
  return false;
}

/// How the mention is meant, by the eight words before it and those after.
weight weigh(words_view words, const mention& m) {
  const auto begin = m.first < 8 ? 0 : m.first - 8;
  std::string before = " ";
  for (const auto& w : words.subspan(begin, m.first - begin)) before.append(w.text).append(" ");
  auto has = [&before](std::string_view phrase) { return before.contains(phrase); };
  if (has(" not ") || has(" doesnt ") || has(" unlike ")) return weight::mention;
  if (has(" commonlicenses ")) return weight::reference;
  for (std::string_view phrase : {" text of ", " copy of ", " copies of ", " see the ",
                                  " version of the gnu ", " is included in ", " received a "}) {
    if (has(phrase)) return weight::reference;
  }
  for (std::string_view phrase :
       {" terms of ", " conditions of ", " under the ", " under a ", " under ", " covered by ",
        " protected by ", " subject to ", " licensed ", " license ", " licence ", " distributed ",
        " released "}) {
    if (has(phrase)) return weight::grant;
  }
  return weight::mention;
}

/// Completes a mention by the version before it ("version 2 or later of the GNU …") or after it.
void complete(words_view words, mention& m, std::size_t previous_end, std::size_t next_begin) {
  constexpr std::size_t reach_before = 12;
  constexpr std::size_t reach_after = 22;
  m.how = weigh(words, m);
  if (m.given) {
    if (!m.given->or_later) {
      m.given->or_later = allows_later(window(words, m.last, 6, next_begin));
    }
    return;
  }
  const auto end = std::min({m.last + reach_after, next_begin, words.size()});
  m.given = version_in(m.family, words, m.last, end);
  if (m.given) {
    constexpr std::size_t reach_of_terms = 50;
    m.given->no_invariants = m.family == "GFDL" && rules_out_invariants(window(
                                                       words, m.last, reach_of_terms, next_begin));
    return;
  }
  const bool of_the = m.first >= 2 && (is_one_of(words[m.first - 1].text, {"of", "the", "gnu"}));
  const auto from = std::max(previous_end, m.first < reach_before ? 0 : m.first - reach_before);
  for (std::size_t i = m.first; of_the && i-- > from + 1;) {
    if (!is_one_of(words[i - 1].text, {"version", "v"})) continue;
    m.given = as_version(m.family, words[i].text);
    if (m.given) {
      m.given->or_later = allows_later(window(words, i + 1, m.first - i, m.first));
      return;
    }
  }
}

std::string key_of(const std::string& family, const std::optional<version>& given) {
  if (given) {
    return fmt::format("{}-{}{}-{}", family, given->number,
                       given->no_invariants ? "-no-invariants" : "",
                       given->or_later ? "or-later" : "only");
  }
  // Without a version number any version ever published may be chosen (GPL-2, section 9).
  const auto first = family == "GPL"    ? "1.0"
                     : family == "LGPL" ? "2.0"
                     : family == "GFDL" ? "1.1"
                                        : "3.0";
  return fmt::format("{}-{}-or-later", family, first);
}

/// What is left of a family's mentions when each was weighed against the others.
std::vector<recognised> settle(words_view words, const std::vector<const mention*>& all) {
  std::vector<recognised> result;
  std::set<std::string> seen;
  auto add = [&](const mention& m, audit::v1::Confidence confidence) {
    auto key = key_of(m.family, m.given);
    if (seen.insert(key).second) {
      result.push_back({std::move(key), confidence, words[m.first].position});
    }
  };
  auto pass = [&](auto wanted, audit::v1::Confidence confidence) {
    if (!result.empty()) return;
    for (const auto* m : all) {
      if (wanted(*m)) add(*m, confidence);
    }
  };
  pass([](const mention& m) { return m.how == weight::grant && m.given; }, audit::v1::HIGH);
  pass([](const mention& m) { return m.how == weight::reference && m.given; }, audit::v1::MEDIUM);
  pass([](const mention& m) { return m.how == weight::mention && m.given; }, audit::v1::MEDIUM);
  pass([](const mention& m) { return m.how == weight::grant; }, audit::v1::MEDIUM);
  pass([](const mention&) { return true; }, audit::v1::LOW);
  return result;
}

}  // namespace

std::vector<recognised> gnu_grants(const plain_words& text) {
  const auto words = split(text.text());
  auto mentions = mentions_of(words);
  std::map<std::string, std::vector<const mention*>> families;
  for (std::size_t i = 0; i < mentions.size(); ++i) {
    complete(words, mentions[i], i == 0 ? 0 : mentions[i - 1].last,
             i + 1 < mentions.size() ? mentions[i + 1].first : words.size());
  }
  for (const auto& m : mentions) families[m.family].push_back(&m);
  std::vector<recognised> result;
  for (const auto& [family, all] : families) {
    std::ranges::move(settle(words, all), std::back_inserter(result));
  }
  return result;
}

}  // namespace licence_audit
