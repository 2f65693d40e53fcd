#pragma once

#include <string>
#include <string_view>

namespace perdure::testing {

/// The bytes that a document shows in lines of `0010: 41 42 …  AB`, in blocks one behind the other:
/// the block that begins with the line at `address` and the given first bytes. Lines left out
/// inside a block are zeros.
std::string shown_bytes(const std::string& document, std::string_view first_line);

}  // namespace perdure::testing
