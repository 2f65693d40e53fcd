#include "runtime/command.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace perdure::runtime {
namespace {

digest hash_or_none(const payload& body) { return hash_bytes(body.view()); }

struct summariser {
  timestamp now;

  command_summary operator()(const run_step& step) const {
    return {"step", step.name, {}, hash_or_none(step.arguments)};
  }
  command_summary operator()(const start_timer& timer) const {
    return {"timer", {}, fmt::format("{}us", (timer.due - now).us), {}};
  }
  command_summary operator()(const call_agent& call) const {
    return {"call", call.agent + "/" + call.operation,
            call.target_namespace + "/" + call.workflow_id, hash_or_none(call.input)};
  }
  command_summary operator()(const cancel_thing& cancel) const {
    return {"cancel", {}, fmt::format("{}", cancel.number), {}};
  }
  command_summary operator()(const send_signal& signal) const {
    return {"signal", signal.name, signal.target_namespace + "/" + signal.workflow_id,
            hash_or_none(signal.body)};
  }
};

std::uint64_t mix(std::uint64_t seed, std::string_view bytes) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t number) {
  return XXH3_64bits_withSeed(&number, sizeof number, seed);
}

}  // namespace

digest hash_bytes(std::string_view bytes, std::uint64_t seed) {
  const auto hash = mix(seed, bytes);
  return digest(hash == 0 ? 1 : hash);
}

command_summary summarise(const command& given, timestamp now) {
  return std::visit(summariser{now}, given);
}

digest chain_digest(digest before, turn_seq seq, const std::vector<command_summary>& commands,
                    run_status status, digest result) {
  auto hash = mix(before.value, seq.value);
  for (const auto& command : commands) {
    hash = mix(mix(mix(hash, command.kind), command.name), command.target);
    hash = mix(hash, command.input.value);
  }
  hash = mix(mix(hash, static_cast<std::uint64_t>(status)), result.value);
  return digest(hash == 0 ? 1 : hash);
}

}  // namespace perdure::runtime
