#pragma once

#include <string_view>

#include <fmt/format.h>

namespace perdure::runtime {

/// Prints where and what, then aborts. For our own bugs only, never for bytes that a peer, a disk
/// or a user controls.
[[noreturn]] void broken_invariant(const char* file, int line, const char* condition,
                                   std::string_view text);

}  // namespace perdure::runtime

/// On in every build. `INVARIANT(count <= limit, "{} of {}", count, limit)`
#define INVARIANT(condition, ...)                                          \
  do {                                                                     \
    if (!(condition)) [[unlikely]] {                                       \
      ::perdure::runtime::broken_invariant(__FILE__, __LINE__, #condition, \
                                           ::fmt::format(__VA_ARGS__));    \
    }                                                                      \
  } while (false)
