#include "tests/world/blocking_client.hpp"

#include "runtime/failure.hpp"

namespace perdure::testing {

std::string blocking_client::text_of(const runtime::expected<runtime::run_result>& result) {
  if (!result)
    return fmt::format("error {}: {}", name(result.error().code), result.error().message);
  if (result->status == runtime::run_status::completed) return decode<std::string>(result->body);
  const auto why = runtime::decode_failure(result->body.view());
  return fmt::format("{}: {}", name(result->status),
                     why && !result->body.empty() ? why->message : std::string{});
}

std::string blocking_client::run(const std::string& operation, const std::string& id,
                                 const std::string& input) {
  const auto started = start(operation, id, input);
  if (!started)
    return fmt::format("error {}: {}", name(started.error().code), started.error().message);
  return end_of(id);
}

std::string blocking_client::end_of(const std::string& id) { return text_of(result(id)); }

runtime::expected<std::string> blocking_client::query(const std::string& id,
                                                      const std::string& name,
                                                      const std::string& input) {
  const auto answer = ask<runtime::payload>(
      [&](auto reply) { through_.query({of(id), name, encode(input)}, std::move(reply)); });
  if (!answer) return std::unexpected(answer.error());
  return decode<std::string>(*answer);
}

}  // namespace perdure::testing
