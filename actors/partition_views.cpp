#include <algorithm>

#include "actors/partition.hpp"
#include "runtime/failure.hpp"
#include "runtime/journal.hpp"

namespace perdure::actors {

/// Which agents count are those of the node that owns the partition, whoever is asked.
std::string_view partition_actor::condition(const runtime::run_state& run) const {
  const auto told = owner_.condition(run);
  const bool stands =
      run.status == runtime::run_status::parked || run.status == runtime::run_status::paused;
  if (stands || owner_.rules() || !services_.hosts || state_->handed_over()) return told;
  const auto hosted =
      services_.hosts(state_->session(), state_->name_space(), state_->text(run.agent));
  return hosted.value_or(true) ? told : "no_handler";
}

runtime::run_summary partition_actor::summarise(const runtime::run_state& run) const {
  runtime::run_summary summary;
  summary.name_space = state_->name_space();
  summary.workflow_id = run.workflow_id;
  summary.run_id = state_->run_id(run.key);
  summary.agent = state_->text(run.agent);
  summary.operation = state_->text(run.operation);
  summary.build = state_->text(run.build);
  if (run.has_caller) summary.parent = fmt::format("{}:{}", run.caller.partition, run.caller.run);
  summary.status = run.status;
  summary.condition = condition(run);
  summary.detail = run.status == runtime::run_status::parked
                       ? fmt::format("{}: {}", runtime::name(run.parked),
                                     run.detail ? *run.detail : std::string{})
                       : wait_in_words(run);
  summary.started = run.started;
  summary.updated = run.updated;
  summary.turns = run.seq.value;
  summary.partition = state_->number();
  return summary;
}

runtime::run_summary partition_actor::summarise(const runtime::closed_run& run) const {
  runtime::run_summary summary;
  summary.name_space = state_->name_space();
  summary.workflow_id = run.workflow_id;
  summary.run_id = state_->run_id(run.key);
  summary.agent = state_->text(run.agent);
  summary.operation = state_->text(run.operation);
  summary.build = state_->text(run.build);
  if (run.has_caller) summary.parent = fmt::format("{}:{}", run.caller.partition, run.caller.run);
  summary.status = run.status;
  summary.condition = runtime::name(run.status);
  summary.started = run.started;
  summary.updated = summary.closed = run.closed;
  summary.turns = run.seq.value;
  summary.partition = state_->number();
  return summary;
}

std::string partition_actor::wait_in_words(const runtime::run_state& run) const {
  std::size_t steps = 0, timers = 0, calls = 0, retries = 0;
  for (const auto& open : run.things) {
    if (open.settled) continue;
    steps += open.kind == runtime::thing_kind::step ? 1 : 0;
    retries += open.backing_off ? 1 : 0;
    timers += open.kind == runtime::thing_kind::timer ? 1 : 0;
    calls += open.kind == runtime::thing_kind::call ? 1 : 0;
  }
  std::vector<std::string> parts;
  if (steps != 0) parts.push_back(fmt::format("{} step{}", steps, steps == 1 ? "" : "s"));
  if (const auto queued = owner_.postponed(run.key); queued != 0)
    parts.push_back(fmt::format("{} of them for room in steps.window", queued));
  if (retries != 0) parts.push_back(fmt::format("{} of them waiting to be tried again", retries));
  if (timers != 0) parts.push_back(fmt::format("{} timer{}", timers, timers == 1 ? "" : "s"));
  if (calls != 0) parts.push_back(fmt::format("{} call{}", calls, calls == 1 ? "" : "s"));
  if (run.waits_for_signal) parts.emplace_back("a signal");
  return parts.empty() ? std::string{} : fmt::format("waits for {}", fmt::join(parts, ", "));
}

void partition_actor::agent_of(const runtime::workflow_address& target,
                               runtime::reply_to<std::string> reply) {
  const auto tell = [target, reply](const partition_actor& self) {
    const auto run = self.find_run(target);
    if (!run) return reply(std::unexpected(run.error()));
    const auto* open = self.state_->find(*run);
    reply(self.state_->text(open != nullptr ? open->agent : self.state_->find_closed(*run)->agent));
  };
  // Of an id whose run has closed another agent's may have begun, and be read a moment later.
  const auto known = find_run(target);
  if (known && (!target.run_id.empty() || state_->find(*known) != nullptr)) return tell(*this);
  when_current(reply, tell);
}

void partition_actor::describe(const runtime::workflow_address& target,
                               runtime::reply_to<runtime::run_details> reply) {
  when_current(reply,
               [target, reply](partition_actor& self) { self.describe_as_read(target, reply); });
}

void partition_actor::describe_as_read(const runtime::workflow_address& target,
                                       runtime::reply_to<runtime::run_details> reply) {
  const auto key = find_run(target);
  if (!key) return reply(std::unexpected(key.error()));
  runtime::run_details details;
  std::vector<std::pair<std::size_t, runtime::body_ref>> failures;
  if (const auto* run = state_->find(*key)) {
    details.summary = summarise(*run);
    details.queued_data = run->data.size();
    details.queued_controls = run->controls.size();
    for (const auto& open : run->things) {
      static constexpr std::string_view kinds[] = {"", "step", "timer", "call"};
      details.open.push_back({open.number,
                              std::string(kinds[static_cast<int>(open.kind)]),
                              state_->text(open.name),
                              open.kind == runtime::thing_kind::call
                                  ? fmt::format("partition {}", open.target)
                                  : std::string{},
                              open.kind == runtime::thing_kind::step ? open.attempt.value : 0,
                              open.due,
                              {}});
      if (open.last_failure.at) failures.emplace_back(details.open.size() - 1, open.last_failure);
    }
  } else {
    details.summary = summarise(*state_->find_closed(*key));
  }
  services_.reads.submit([details = std::move(details), failures = std::move(failures), key = *key,
                          log = own_log(), reply = std::move(reply)]() mutable {
    auto input = runtime::load_input(log, key);
    if (!input) return reply(std::unexpected(input.error()));
    details.input = *std::move(input);
    for (const auto& [thing, where] : failures) {
      const auto body = runtime::load_body(log, where);
      if (!body) return reply(std::unexpected(body.error()));
      const auto why = runtime::decode_failure(body->view());
      details.open[thing].last_failure =
          why ? runtime::to_text(*why) : "bytes that are no encoded failure";
    }
    reply(std::move(details));
  });
}

void partition_actor::list(const runtime::list_request& request, runtime::run_key after,
                           runtime::reply_to<runtime::list_reply> reply) {
  when_current(reply, [request, after, reply](partition_actor& self) {
    self.list_as_read(request, after, reply);
  });
}

/// The `limit` runs with the lowest keys above `after`, without sorting all of them.
void partition_actor::list_as_read(const runtime::list_request& request, runtime::run_key after,
                                   const runtime::reply_to<runtime::list_reply>& reply) {
  std::vector<runtime::run_key> found;  // a heap, the highest first
  const auto consider = [this, &request, after, &found](const auto& run) {
    if (run.key <= after || (request.status && run.status != *request.status) ||
        !run.workflow_id.starts_with(request.id_prefix) ||
        (!request.agent.empty() && state_->text(run.agent) != request.agent)) {
      return;
    }
    found.push_back(run.key);
    std::ranges::push_heap(found);
    if (found.size() <= request.limit) return;
    std::ranges::pop_heap(found);
    found.pop_back();
  };
  for (const auto& [key, run] : state_->runs()) consider(run);
  for (const auto& [key, run] : state_->closed()) consider(run);
  std::ranges::sort_heap(found);
  runtime::list_reply page;
  for (const auto key : found) {
    const auto* open = state_->find(key);
    page.runs.push_back(open != nullptr ? summarise(*open) : summarise(*state_->find_closed(key)));
  }
  if (found.size() == request.limit)
    page.next_page = fmt::format("{}.{}", found.back().created.value, found.back().command.value);
  reply(std::move(page));
}

void partition_actor::status(runtime::reply_to<runtime::partition_status> reply) {
  runtime::partition_status status;
  status.name_space = state_->name_space();
  status.partition = state_->self().value;
  status.number_in_namespace = state_->number();
  const bool claims =
      begin_.want.what == partition_want::now || should_claim() || owner_.claiming();
  status.state = stopped_                     ? "stopped"
                 : owner_.rules()             ? "owner"
                 : leaving_                   ? "draining"
                 : claims                     ? "claiming"
                 : !begin_.told || !founded() ? "joining"
                                              : "reader";
  status.applied = state_->applied();
  status.lag = news_->load->unapplied.load();
  if (state_->current() && !state_->handed_over()) status.holder = state_->claim_node();
  status.current = state_->current();
  status.open_runs = state_->runs().size();
  status.resident_runs = owner_.resident();
  status.closed_runs = state_->closed().size();
  status.parked = state_->counts().parked;
  status.paused = state_->counts().paused;
  status.runnable = state_->counts().woken;
  status.running_steps = owner_.attempts();
  status.queued_steps = owner_.postponed();
  reply(std::move(status));
}

}  // namespace perdure::actors
