#include <cstdint>
#include <string>

#include "actors/catalogue_messages.hpp"
#include "actors/link_messages.hpp"
#include "runtime/invariant.hpp"
#include "runtime/message_schema.hpp"

// Any bytes as what another node says over a link: first words, queries, answers, catalogues. What
// can be read comes back the same when it is said again.

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

void look_at_description_request(const std::string& bytes) {
  const auto asked = decode_description_request(bytes);
  if (!asked) return;
  const auto again = decode_description_request(to_bytes(*asked));
  INVARIANT(again && again->number == asked->number && again->attempt == asked->attempt,
            "a question for a catalogue comes back otherwise");
}

/// What can be read can be used: every message that it names is made, or is not there.
void look_at_catalogue(const std::string& bytes) {
  const auto told = decode_catalogue(bytes);
  if (!told) return;
  const auto& all = *told->catalogue;
  for (const auto& agent : all.agents) {
    for (const auto& operation : agent.operations) {
      const auto type = all.input_of(&operation);
      if (const auto message = runtime::make_message(type.schema.get(), type.message))
        message->ParsePartialFromString(bytes);
    }
  }
  for (const auto& [name, types] : all.steps) to_text(types.arguments);
}

}  // namespace
}  // namespace perdure::actors

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  perdure::actors::look_at_greeting(bytes);
  perdure::actors::look_at_query(bytes);
  perdure::actors::look_at_answer(bytes);
  perdure::actors::look_at_description_request(bytes);
  perdure::actors::look_at_catalogue(bytes);
  return 0;
}
