#include "transport/system_random.hpp"

#include <cerrno>

#include <unistd.h>

#include "runtime/invariant.hpp"

namespace perdure::transport {

std::uint64_t system_random::next() {
  std::uint64_t number = 0;
  int result = ::getentropy(&number, sizeof number);
  INVARIANT(result == 0, "getentropy failed with errno {}", errno);
  return number;
}

}  // namespace perdure::transport
