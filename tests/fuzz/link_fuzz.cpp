#include <cstdint>
#include <string>

#include "actors/link_messages.hpp"
#include "runtime/invariant.hpp"

// Any bytes as what another node says over a link: first words, queries, answers. What can be read
// comes back the same when it is said again.

namespace perdure::actors {
namespace {

void look_at_greeting(const std::string& bytes) {
  const auto said = decode_greeting(bytes);
  if (!said) return;
  INVARIANT(decode_greeting(to_bytes(*said)) == *said, "a greeting comes back otherwise");
}

void look_at_query(const std::string& bytes) {
  const auto asked = decode_query(bytes);
  if (!asked) return;
  const auto again = decode_query(to_bytes(*asked));
  INVARIANT(again, "a query does not come back");
  const auto& [target, name, input] = asked->request;
  INVARIANT(again->number == asked->number && again->attempt == asked->attempt &&
                again->request.target.name_space == target.name_space &&
                again->request.target.workflow_id == target.workflow_id &&
                again->request.target.run_id == target.run_id && again->request.name == name &&
                again->request.input == input,
            "a query comes back otherwise");
}

void look_at_answer(const std::string& bytes) {
  const auto told = decode_answer(bytes);
  if (!told) return;
  const auto again = decode_answer(to_bytes(*told));
  INVARIANT(again && again->number == told->number && again->attempt == told->attempt,
            "an answer comes back as another's");
  INVARIANT(again->value == told->value, "an answer comes back otherwise");
}

}  // namespace
}  // namespace perdure::actors

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  perdure::actors::look_at_greeting(bytes);
  perdure::actors::look_at_query(bytes);
  perdure::actors::look_at_answer(bytes);
  return 0;
}
