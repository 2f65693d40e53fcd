#pragma once

#include <string>
#include <string_view>

namespace perdure::plugin {

/// "FetchPage" -> "fetch_page", "HTTPFetch" -> "http_fetch", "fetch_page" stays.
std::string snake_case(std::string_view name);

/// Whether C++23 keeps the word for itself.
bool is_cpp_keyword(std::string_view name);

/// "research.v1" -> "research::v1".
std::string cpp_namespace(std::string_view package);

/// `text` as a C++ string literal, with its quotes.
std::string cpp_literal(std::string_view text);

}  // namespace perdure::plugin
