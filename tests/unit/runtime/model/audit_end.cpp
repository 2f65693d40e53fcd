#include <algorithm>

#include "tests/unit/runtime/model/audit.hpp"

namespace perdure::runtime::model {

void audit::books() const {
  for (const auto& folded : truth_) {
    const auto self = folded->self().value;
    for (const auto& [channel, sent] : numbered_) {
      if (channel.first != self || channel.second == self) continue;
      const auto confirmed = confirmed_.contains(channel) ? confirmed_.at(channel) : 0;
      const auto waiting = folded->outbox().find(partition_index(channel.second));
      const auto held = waiting == folded->outbox().end() ? 0 : waiting->second.size();
      const auto enclosed = std::ranges::count_if(sent, &sent_message::enclosed);
      const auto open = sent.size() - confirmed - static_cast<std::size_t>(enclosed);
      check(12, held == open, "the outbox of p{} to p{} holds {} messages, not {}", self,
            channel.second, held, open);
    }
    for (const auto& [key, run] : folded->runs()) {
      const bool waits =
          !run.data.empty() || !run.controls.empty() || !run.has_start || run.convicted ||
          run.waits_for_signal ||
          std::ranges::any_of(run.things, [](const thing& open) { return !open.settled; });
      check(15, waits || run.status != run_status::open, "run {} ({}) waits for nothing", key,
            run.workflow_id);
      check(15, !run.woken || !run.data.empty(), "run {} is woken by nothing", key);
    }
  }
}

void audit::end() {
  books();
  for (const auto& folded : truth_) {
    const auto self = folded->self();
    for (const auto& [key, run] : folded->runs()) {
      check(22, false, "run {} ({}) of p{} hangs: {}, {} data, {} things", key, run.workflow_id,
            self, name(run.status), run.data.size(), run.things.size());
    }
    check(22, folded->owed_messages().empty(), "p{} owes a message", self);
    check(22, folded->outbox().empty(), "p{} has not sent a message", self);
    check(22, folded->due().empty(), "something is due in p{}", self);
    check(18, folded->policies() == 0, "p{} keeps {} retry policies", self, folded->policies());
    state again(self);
    record_decoder decoder;
    for (const auto& entry : log_.of(self)) {
      actions did;
      again.apply(*decoder.decode(entry.at, entry.bytes), did);
    }
    check(5, again.canonical() == folded->canonical(), "two folds of p{} differ", self);
  }
  for (const auto& [channel, sent] : numbered_) {
    const auto taken = taken_.contains(channel) ? taken_.at(channel) : 0;
    check(3, taken == sent.size(), "of {} messages of p{} p{} took {}", sent.size(), channel.first,
          channel.second, taken);
  }
}

}  // namespace perdure::runtime::model
