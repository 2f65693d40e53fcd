#include <utility>

#include "actors/partition.hpp"
#include "runtime/simulation.hpp"

namespace perdure::actors {

/// DESIGN 6.9. Where several nodes write the log another may own the partition already, and have
/// acknowledged what is not read here yet: a barrier that was appended now and read back says that
/// nothing is missing. One is for all queries that wait for the next append.
void partition_actor::query(const runtime::query_request& request,
                            runtime::reply_to<runtime::payload> reply) {
  if (const auto open = check_open_for_requests(); !open)
    return reply(std::unexpected(open.error()));
  if (services_.log.atomic_batches() || MUTANT("query-without-a-barrier"))
    return ask_owner({request, std::move(reply)});
  asked_.push_back({[request, reply](partition_actor& self) { self.ask_owner({request, reply}); },
                    [reply](const runtime::error& why) { reply(std::unexpected(why)); }});
}

/// DESIGN 6.9: another node may have acknowledged what is not read here yet, to whoever asks now.
/// Who owns the partition may not have read it either.
void partition_actor::when_current(std::function<void(partition_actor&)> then,
                                   std::function<void(const runtime::error&)> refuse) {
  if (services_.log.atomic_batches() || stopped_ || MUTANT("read-without-a-barrier"))
    return then(*this);
  if (const auto open = check_takes_requests(); !open) return refuse(open.error());
  REACHED("read-behind-a-barrier");
  asked_.push_back({std::move(then), std::move(refuse)});
}

void partition_actor::append_barrier() {
  if (asked_.empty()) return;
  const auto nonce = begin_.session.value + ++last_barrier_;
  barriers_.emplace(nonce, std::exchange(asked_, {}));
  runtime::wire::Barrier barrier;
  barrier.set_nonce(nonce);
  runtime::append_request request;
  runtime::encode_record(request.bytes,
                         {runtime::record_kind::barrier, state_->earliest_input(), {}}, barrier);
  request.entries.push_back({state_->self(), 0, static_cast<std::uint32_t>(request.bytes.size())});
  request.completion = [news = news_, nonce](const runtime::expected<runtime::offset>& landed) {
    if (landed) return;
    news->post([why = landed.error(), nonce](partition_actor& self) {
      auto found = self.barriers_.extract(nonce);
      if (!found) return;
      self.goes_on_after(why);
      refuse_all(std::move(found.mapped()),
                 {runtime::errc::unavailable,
                  fmt::format("the log cannot be reached ({}): ask again", why.message)});
    });
  };
  services_.log.submit(std::move(request));
}

void partition_actor::pass_barrier(std::uint64_t nonce) {
  auto found = barriers_.extract(nonce);
  if (!found) return;  // another's, or a copy
  REACHED("barrier-passed");
  for (const auto& one : found.mapped()) one.then(*this);
}

void partition_actor::ask_owner(waiting_query what) {
  if (const auto open = check_open_for_requests(); !open)
    return what.reply(std::unexpected(open.error()));
  const auto run = find_run(what.request.target);
  if (!run) return what.reply(std::unexpected(run.error()));
  if (state_->find(*run) == nullptr)
    return what.reply(runtime::fail(runtime::errc::failed_state,
                                    "the run has closed: its result and its history remain"));
  const auto token = next_token_++;
  queries_.emplace(token, std::move(what));
  owner_.query(*run, token, now());
}

void partition_actor::refuse_query(const runtime::query_refusal& refusal) {
  if (auto found = queries_.extract(refusal.token))
    found.mapped().reply(std::unexpected(refusal.why));
}

void partition_actor::refuse_all(std::vector<behind_barrier> which, const runtime::error& why) {
  for (const auto& one : which) one.refuse(why);
}

}  // namespace perdure::actors
