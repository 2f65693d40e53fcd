#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "examples/licence_audit/licence_expression.hpp"
#include "licence_audit/legal.pb.h"

namespace licence_audit {

/// What a licence asks, by its key (with " WITH " and its exception, if it has one). DOUBTFUL for
/// a key that legal's tables do not know.
legal::v1::Category category_of(std::string_view key);

/// Of an expression: a choice counts as its least demanding part, a sum as its most demanding one.
legal::v1::Category category_of(
    const licence_expression& expression,
    const std::function<legal::v1::Category(const licence_expression&)>& of_one);

/// How much of a licence's words a question shows, in bytes.
inline constexpr std::size_t longest_wording = 2'000;

/// Legal's own rules for what its tables do not know: decided at once where the licence's words
/// leave no doubt. Nothing: a person has to look at it.
std::optional<legal::v1::Decision> decide_by_policy(const legal::v1::Question& question);

/// For tables and JSON: "strong copyleft".
std::string_view name(legal::v1::Category category);

}  // namespace licence_audit
