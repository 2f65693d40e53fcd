#include "runtime/request_content.hpp"

#include <fmt/format.h>

#include "runtime/command.hpp"

namespace perdure::runtime {

digest content_of(const wire::Start& start, std::string_view input) {
  auto hash = hash_bytes(start.agent()).value;
  hash = hash_bytes(start.operation(), hash).value;
  hash = hash_bytes(fmt::format("{} {} {}", start.policy(), start.timeout_us(), start.delay_us()),
                    hash)
             .value;
  return hash_bytes(input, hash);
}

digest content_of(const wire::Signal& signal, std::string_view body) {
  return hash_bytes(body, hash_bytes(signal.name()).value);
}

digest content_of(const wire::Control& control, std::string_view reason) {
  return hash_bytes(reason, control.verb());
}

}  // namespace perdure::runtime
