#pragma once

#include <string>

namespace perdure {

/// The linker's build id of the running program in hexadecimal digits, "unknown" if it was linked
/// without. Another build of the code has another one.
std::string binary_build_id();

}  // namespace perdure
