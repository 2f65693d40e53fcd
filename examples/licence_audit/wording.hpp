#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "examples/licence_audit/plain_words.hpp"
#include "examples/licence_audit/recognised.hpp"

namespace licence_audit {

/// How one licence is known by its own words: `start` occurs, and within `reach` characters after
/// it `also` does and `never` does not. All as plain_words has them.
struct wording {
  std::string_view key;
  std::string_view start;
  std::string_view also = {};
  std::string_view never = {};
  std::size_t reach = 2'500;
  audit::v1::Confidence confidence = audit::v1::HIGH;
};

/// The table of all licences that are told by fixed words. GNU's are told by gnu_grants(), those of
/// the BSD family by bsd_licences().
std::span<const wording> known_wordings();

/// The first place of each licence of the table in `words`.
std::vector<recognised> licences_by_wording(const plain_words& words);

/// The BSD family, which differs in what follows the common first sentence: 1 to 4 clauses, the
/// first Apache licences, bzip2's.
std::vector<recognised> bsd_licences(const plain_words& words);

}  // namespace licence_audit
