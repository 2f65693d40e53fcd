#include "transport/system_random.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <unistd.h>

#include "runtime/invariant.hpp"

namespace perdure::transport {

std::uint64_t system_random::next() {
  struct supply {
    std::array<std::uint64_t, 32> numbers;  // 256 bytes, the most that getentropy gives
    std::size_t used = 32;
  };
  static thread_local supply mine;
  if (mine.used == mine.numbers.size()) {
    int result = ::getentropy(mine.numbers.data(), sizeof mine.numbers);
    INVARIANT(result == 0, "getentropy failed with errno {}", errno);
    mine.used = 0;
  }
  return std::exchange(mine.numbers[mine.used++], 0);
}

}  // namespace perdure::transport
