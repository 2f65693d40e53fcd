#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

void state::apply_sent(const decoded_record& record, actions& out) {
  const auto& sent = record.as<wire::Sent>();
  const auto target = partition_index(sent.target());
  const auto found = outbox_.find(target);
  const auto number = message_number(sent.number());
  if ((epoch(sent.epoch()) != epoch_ && !MUTANT("sent-of-any-epoch")) || found == outbox_.end() ||
      found->second.empty() || number < found->second.front().number) {
    REACHED("void-sent");
    out.emplace_back(ignored{"of another epoch, or not higher than what is confirmed"});
    return;
  }
  auto& waiting = found->second;
  while (!waiting.empty() && (waiting.front().number <= number || MUTANT("outbox-trimmed-too-far")))
    waiting.pop_front();
  if (waiting.empty()) outbox_.erase(found);
  out.emplace_back(confirmed{target, number});
}

}  // namespace perdure::runtime
