#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "runtime/error.hpp"

namespace perdure::deploy {

/// All of a file that a person named, whatever it is: a directory is an error, and of what never
/// ends (/dev/zero) no more is read than `limit`. Errors, each with the name: not_found, io_failed,
/// too_large.
runtime::expected<std::string> read_text_file(const std::string& path, std::size_t limit);

/// The same of what is open already. `name` is for the errors.
runtime::expected<std::string> read_text(std::istream& from, const std::string& name,
                                         std::size_t limit);

}  // namespace perdure::deploy
