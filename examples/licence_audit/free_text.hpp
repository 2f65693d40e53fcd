#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "examples/licence_audit/plain_words.hpp"
#include "licence_audit/audit.pb.h"

namespace licence_audit {

/// The licences that a text without form grants, known by their words; in the order of lines, each
/// with its line, the words there and how sure that is. What is only named in passing (LOW) counts
/// if there is nothing better. Categories are not set. Empty: none that is known.
std::vector<audit::v1::Licence> licences_in_text(std::string_view text, std::size_t first_line = 1);

/// The line `number` (from 1) of a text, trimmed, cut to what a table can show.
std::string evidence_line(std::string_view text, std::size_t number);

/// The start of the words, as a question to legal shows them.
std::string wording_for_question(const plain_words& words);

}  // namespace licence_audit
