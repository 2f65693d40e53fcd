#include "runtime/invariant.hpp"

#include <cstdio>
#include <cstdlib>

namespace perdure::runtime {

void broken_invariant(const char* file, int line, const char* condition, std::string_view text) {
  fmt::print(stderr, "perdure: broken invariant at {}:{}: {} ({})\n", file, line, text, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace perdure::runtime
