#include <algorithm>

#include "actors/partition.hpp"
#include "runtime/journal.hpp"
#include "runtime/request_content.hpp"
#include "runtime/simulation.hpp"

namespace perdure::actors {

using runtime::duration;
using runtime::errc;
using runtime::fail;
using runtime::timestamp;

namespace {

constexpr auto retention_ended =
    "the run's retention has ended, its result is gone: give the namespace a longer `retention` or "
    "more `retention_runs` to keep results longer";

std::string no_workflow(std::string_view name_space, std::string_view id) {
  return fmt::format(
      "no workflow '{}' in namespace '{}': `perdure workflow list` shows those that are there; "
      "what has closed goes when its retention ends",
      id, name_space);
}

}  // namespace

runtime::expected<void> partition_actor::check_open_for_requests() const {
  if (stopped_)
    return fail(errc::unavailable, fmt::format("the partition has stopped: {}", stopped_->message));
  if (leaving_)
    return fail(errc::unavailable, "the node is shutting down: ask again when it is back");
  if (!wants())
    return fail(errc::unavailable, "the partition is another node's: ask again through that one");
  if (owner_.draining())
    return fail(errc::unavailable, "the partition is being handed over: ask again in a moment");
  if (!owner_.rules())
    return fail(errc::unavailable, "the node is starting: ask again in a moment");
  return {};
}

/// Inputs are accepted whoever owns the partition (DESIGN 2.2). Where several nodes write its log,
/// each takes them, and reads the answer there.
runtime::expected<void> partition_actor::check_takes_requests() const {
  if (services_.log.atomic_batches() || stopped_ || leaving_) return check_open_for_requests();
  if (!founded()) return fail(errc::unavailable, "the node is starting: ask again in a moment");
  return {};
}

/// Not so early that its key may be forgotten. Where other nodes take inputs too, a clock that is
/// behind makes no two of them say the same time, by which answers are told apart.
runtime::timestamp partition_actor::time_of_input() const {
  constexpr std::uint64_t apart_us = 1'000'000;
  const bool shared = !services_.log.atomic_batches();
  const duration apart{shared ? static_cast<std::int64_t>(begin_.session.value % apart_us) : 0};
  return std::max(now(), state_->earliest_input() + apart);
}

void partition_actor::append_input(runtime::record_kind kind,
                                   const google::protobuf::Message& header, runtime::timestamp time,
                                   runtime::slot_number slot, std::string_view body) {
  const auto begin = inputs_.bytes.size();
  const std::string_view payloads[] = {body};
  runtime::encode_record(inputs_.bytes, {kind, time, slot}, header,
                         body.empty() ? std::span<const std::string_view>{} : payloads);
  inputs_.entries.push_back({state_->self(), static_cast<std::uint32_t>(begin),
                             static_cast<std::uint32_t>(inputs_.bytes.size() - begin)});
  if (inputs_.bytes.size() > begin_.options.append_bytes || BUGGIFY("inputs-at-once"))
    submit_inputs();
}

void partition_actor::await_answer(const asked_key& asked, const runtime::workflow_address& target,
                                   runtime::reply_to<runtime::start_reply> reply) {
  if (MUTANT("acknowledged-before-durable"))
    return reply(runtime::start_reply{target.workflow_id, "", false, false});
  input_keys_.push_back(asked);
  requests_[asked].push_back(
      {target.workflow_id.empty() ? target.run_id : target.workflow_id, std::move(reply)});
}

void partition_actor::start(const runtime::start_request& request,
                            runtime::reply_to<runtime::start_reply> reply) {
  if (const auto open = check_takes_requests(); !open) return reply(std::unexpected(open.error()));
  runtime::wire::Start header;
  header.set_workflow_id(request.workflow_id);
  header.set_agent(request.agent);
  header.set_operation(request.operation);
  header.set_request_key(request.request_key);
  header.set_policy(static_cast<std::uint32_t>(request.policy));
  header.set_timeout_us(static_cast<std::uint64_t>(request.timeout.us));
  header.set_delay_us(static_cast<std::uint64_t>(request.delay.us));
  header.set_body_payload(request.input.empty() ? 0 : 1);
  const auto time = time_of_input();
  await_answer({state_->key_of_request("start", request.workflow_id, request.request_key),
                runtime::content_of(header, request.input.view()), time},
               {request.name_space, request.workflow_id, {}}, std::move(reply));
  append_input(runtime::record_kind::start, header, time, runtime::slot_of(request.workflow_id),
               request.input.view());
}

void partition_actor::signal(const runtime::signal_request& request,
                             runtime::reply_to<runtime::start_reply> reply) {
  if (const auto open = check_takes_requests(); !open) return reply(std::unexpected(open.error()));
  if (const auto known = check_types_known(request); !known)
    return reply(std::unexpected(known.error()));
  runtime::wire::Signal header;
  if (!request.target.run_id.empty()) {
    const auto run = named_run(request.target);
    if (!run) return reply(std::unexpected(run.error()));
    runtime::set_key(*header.mutable_run(), *run);
  }
  header.set_workflow_id(request.target.workflow_id);
  header.set_name(request.name);
  header.set_request_key(request.request_key);
  header.set_body_payload(request.body.empty() ? 0 : 1);
  const auto time = time_of_input();
  await_answer({state_->key_of_request("signal", request.target.workflow_id, request.request_key),
                runtime::content_of(header, request.body.view()), time},
               request.target, std::move(reply));
  append_input(runtime::record_kind::signal, header, time,
               runtime::slot_of(request.target.workflow_id), request.body.view());
}

/// Bytes of other types than the run's agent has are not what its code reads: taken, they would
/// park its run.
runtime::expected<void> partition_actor::check_types_known(
    const runtime::signal_request& request) const {
  if (request.exact) return {};
  const auto key = find_run(request.target);
  const auto* run = key ? state_->find(*key) : nullptr;
  if (run == nullptr) return {};  // apply answers for a run that is not there, or has closed
  const auto agent = state_->text(run->agent);
  if (request.typed_by.empty() ? owner_.hosts(*run) : agent == request.typed_by) return {};
  if (!request.typed_by.empty()) {
    return fail(errc::failed_state,
                fmt::format("workflow '{}' is of agent '{}' by now, and the signal was made by the "
                            "types of '{}': send it again",
                            run->workflow_id, agent, request.typed_by));
  }
  return fail(errc::failed_state,
              fmt::format("workflow '{}' is of agent '{}', which this node does not have, so the "
                          "types of its signals are not known here; send the signal through a "
                          "node that has the agent, or its bytes as {{\"base64\": \"…\"}}",
                          run->workflow_id, agent));
}

void partition_actor::control(const runtime::control_request& request,
                              runtime::reply_to<runtime::start_reply> reply) {
  if (const auto open = check_takes_requests(); !open) return reply(std::unexpected(open.error()));
  runtime::wire::Control header;
  if (!request.target.run_id.empty()) {
    const auto run = named_run(request.target);
    if (!run) return reply(std::unexpected(run.error()));
    runtime::set_key(*header.mutable_run(), *run);
  }
  header.set_workflow_id(request.target.workflow_id);
  header.set_verb(static_cast<std::uint32_t>(request.verb));
  header.set_request_key(request.request_key);
  header.set_body_payload(request.reason.empty() ? 0 : 1);
  const auto time = time_of_input();
  await_answer({state_->key_of_request("control", request.target.workflow_id, request.request_key),
                runtime::content_of(header, request.reason), time},
               request.target, std::move(reply));
  append_input(runtime::record_kind::control, header, time,
               runtime::slot_of(request.target.workflow_id), request.reason);
}

void partition_actor::perform(const runtime::decoded_record& record, const runtime::action& what) {
  if (const auto* given = std::get_if<runtime::answered>(&what))
    return answer(*given, record.time());
  if (const auto* closed = std::get_if<runtime::run_closed>(&what))
    return answer_results(record, *closed);
  if (const auto* call = std::get_if<runtime::refused>(&what)) {
    services_.report(runtime::log_line::level::warning,
                     fmt::format("namespace '{}' refused run {} of namespace '{}': {}; allow it by "
                                 "adding '{}' to the callers of '{}'",
                                 state_->name_space(), call->caller, call->caller_namespace,
                                 call->why, call->caller_namespace, state_->name_space()));
  }
  if (const auto* turn = std::get_if<runtime::turn_recorded>(&what)) tell_parked(turn->run);
  if (const auto* found = std::get_if<runtime::convicted>(&what)) {
    services_.report(runtime::log_line::level::error,
                     fmt::format("run {} was running its code each time its node ended "
                                 "unexpectedly: it is parked as poison; "
                                 "resume it when its code is mended",
                                 state_->run_id(found->run)));
  }
}

/// A parked run waits for a person: the node's log says so. (Poison is told by its conviction.)
void partition_actor::tell_parked(runtime::run_key key) const {
  const auto* run = state_->find(key);
  if (run == nullptr || run->status != runtime::run_status::parked ||
      run->parked == runtime::park_reason::poison) {
    return;
  }
  services_.report(runtime::log_line::level::error,
                   fmt::format("run {} of workflow '{}' is parked ({}): {}; resume it when its "
                               "code is mended",
                               state_->run_id(key), run->workflow_id, runtime::name(run->parked),
                               run->detail ? *run->detail : "no more is known"));
}

/// Equal requests were appended, and so are answered, in order.
std::optional<partition_actor::waiting_request> partition_actor::take_request(
    const asked_key& asked) {
  const auto found = requests_.find(asked);
  if (found == requests_.end()) return std::nullopt;
  auto request = std::move(found->second.front());
  found->second.erase(found->second.begin());
  if (!found->second.empty()) REACHED("two-requests-of-one-key");
  if (found->second.empty()) requests_.erase(found);
  return request;
}

/// DESIGN 3.7: an answer tells the applied outcome.
void partition_actor::answer(const runtime::answered& what, runtime::timestamp recorded) {
  const auto taken = take_request({what.key, what.body, recorded});
  if (!taken) return;
  const auto& request = *taken;
  const auto& id = request.target;
  switch (what.result) {
    case runtime::request_outcome::accepted:
    case runtime::request_outcome::attached:
      return request.reply(runtime::start_reply{id, state_->run_id(what.run), what.duplicate,
                                                what.result == runtime::request_outcome::attached});
    case runtime::request_outcome::not_found:
      return request.reply(fail(errc::not_found, no_workflow(state_->name_space(), id)));
    case runtime::request_outcome::conflict:
      return request.reply(
          fail(errc::already_exists,
               fmt::format("the request key was used for workflow '{}' with another content: "
                           "use a new key for a new request",
                           id)));
    case runtime::request_outcome::rejected:
      return request.reply(fail(
          errc::already_exists,
          fmt::format("workflow '{}' exists (run {}): take another id, or the id policy 'attach'",
                      id, state_->run_id(what.run))));
    case runtime::request_outcome::too_late:
      return request.reply(fail(
          errc::too_late,
          "the request is older than the request keys still kept: look whether it was done, then "
          "ask again with a new key"));
    case runtime::request_outcome::closed:
      return request.reply(fail(errc::failed_state, fmt::format("workflow '{}' has closed (run {})",
                                                                id, state_->run_id(what.run))));
  }
}

/// The append of its record failed: it may be in the log, or come yet.
void partition_actor::refuse_request(const asked_key& asked, const runtime::error& why) {
  const auto request = take_request(asked);
  if (!request) return;
  REACHED("request-of-unknown-outcome");
  request->reply(fail(MUTANT("unknown-told-as-failed") ? errc::failed_state : errc::outcome_unknown,
                      fmt::format("nobody knows yet whether the request is in the log ({}): ask "
                                  "again with the same request key",
                                  why.message)));
}

runtime::expected<runtime::run_key> partition_actor::find_run(
    const runtime::workflow_address& target) const {
  if (target.run_id.empty()) {
    const auto run = state_->newest(target.workflow_id);
    if (run == runtime::system_run)
      return not_found_here(no_workflow(state_->name_space(), target.workflow_id));
    return run;
  }
  const auto run = named_run(target);
  if (run && state_->find(*run) == nullptr && state_->find_closed(*run) == nullptr)
    return not_found_here(fmt::format("no run '{}'", target.run_id));
  return run;
}

/// What a partition that has stopped, or is not opened yet, does not know may be there.
std::unexpected<runtime::error> partition_actor::not_found_here(std::string text) const {
  if (const auto open = check_takes_requests(); !open && !owner_.rules())
    return std::unexpected(open.error());
  return fail(errc::not_found, std::move(text));
}

/// The run of that run id, there or not. A workflow id beside it must be the run's.
runtime::expected<runtime::run_key> partition_actor::named_run(
    const runtime::workflow_address& target) const {
  const auto run = state_->parse_run_id(target.run_id);
  if (!run || target.workflow_id.empty()) return run;
  const auto* open = state_->find(*run);
  const auto* closed = state_->find_closed(*run);
  const auto agrees = [&target](const auto* found) {
    return found == nullptr || found->workflow_id == target.workflow_id;
  };
  if (agrees(open) && agrees(closed)) return run;
  return fail(errc::not_found, fmt::format("run '{}' is not one of workflow '{}'", target.run_id,
                                           target.workflow_id));
}

void partition_actor::result(const runtime::workflow_address& target, duration wait,
                             runtime::reply_to<runtime::run_result> reply) {
  if (find_run(target)) return await_result(target, wait, std::move(reply));
  when_current(reply, [target, wait, reply](partition_actor& self) {
    self.await_result(target, wait, reply);
  });
}

void partition_actor::await_result(const runtime::workflow_address& target, duration wait,
                                   runtime::reply_to<runtime::run_result> reply) {
  const auto run = find_run(target);
  if (!run) return reply(std::unexpected(run.error()));
  if (const auto* closed = state_->find_closed(*run)) {
    const runtime::body_ref where{closed->result(), 0};
    services_.reads.submit(
        [where, key = *run, news = news_, log = own_log(), reply = std::move(reply)] {
          auto body = runtime::load_body(log, where);
          news->post([key, reply, body = std::move(body)](partition_actor& self) {
            const auto* kept = self.state_->find_closed(key);
            if (!body) return reply(std::unexpected(body.error()));
            if (kept == nullptr) return reply(fail(errc::not_found, retention_ended));
            self.reply_with_result(*kept, *body, reply);
          });
        });
    return;
  }
  if (stopped_) return reply(std::unexpected(check_open_for_requests().error()));
  const auto& open = *state_->find(*run);
  if (wait.us <= 0) return reply(result_of(open));
  const auto until = services_.clock.monotonic() + wait;
  waits_.emplace(until, *run);
  results_[*run].push_back({until, std::move(reply)});
}

/// Without its value.
template <class Run>
runtime::run_result partition_actor::result_of(const Run& run) const {
  return {.workflow_id = run.workflow_id,
          .run_id = state_->run_id(run.key),
          .status = run.status,
          .output_type = {},
          .body = {},
          .agent = state_->text(run.agent),
          .operation = state_->text(run.operation)};
}

void partition_actor::reply_with_result(const runtime::closed_run& run, runtime::payload body,
                                        const runtime::reply_to<runtime::run_result>& reply) const {
  auto result = result_of(run);
  result.body = std::move(body);
  reply(std::move(result));
}

void partition_actor::answer_results(const runtime::decoded_record& record,
                                     const runtime::run_closed& closed) {
  const auto found = results_.extract(closed.run);
  if (!found || MUTANT("waiting-client-forgotten")) return;
  const auto* run = state_->find_closed(closed.run);
  const auto body = runtime::body_of(record, 0);
  for (const auto& waiting : found.mapped()) {
    const auto [first, last] = waits_.equal_range(waiting.until);
    if (const auto mine = std::find_if(
            first, last, [&closed](const auto& entry) { return entry.second == closed.run; });
        mine != last) {
      waits_.erase(mine);
    }
    if (run == nullptr)
      waiting.reply(fail(errc::not_found, retention_ended));
    else
      reply_with_result(*run, body, waiting.reply);
  }
}

/// Nothing is answered any more: whoever waits hears why.
void partition_actor::end_all_waits(const runtime::error& why) {
  for (auto& [key, waiting] : std::exchange(requests_, {})) {
    for (auto& request : waiting) request.reply(std::unexpected(why));
  }
  for (auto& [run, waiting] : std::exchange(results_, {})) {
    for (auto& result : waiting) result.reply(std::unexpected(why));
  }
  for (auto& [token, query] : std::exchange(queries_, {})) query.reply(std::unexpected(why));
  refuse_all(std::exchange(asked_, {}), why);
  for (auto& [nonce, waiting] : std::exchange(barriers_, {})) refuse_all(std::move(waiting), why);
  waits_.clear();
}

/// Long polls whose time is over hear that the run is still open.
void partition_actor::end_waits() {
  const auto steady = services_.clock.monotonic();
  while (!waits_.empty() && waits_.begin()->first <= steady) {
    const auto key = waits_.begin()->second;
    waits_.erase(waits_.begin());
    const auto found = results_.find(key);
    const auto* run = state_->find(key);
    if (found == results_.end() || run == nullptr) continue;
    std::erase_if(found->second, [this, run, steady](const waiting_result& waiting) {
      if (waiting.until > steady) return false;
      waiting.reply(result_of(*run));
      return true;
    });
    if (found->second.empty()) results_.erase(found);
  }
}

void partition_actor::history(const runtime::workflow_address& target,
                              runtime::reply_to<told_story> reply) {
  when_current(reply,
               [target, reply](partition_actor& self) { self.history_as_read(target, reply); });
}

void partition_actor::history_as_read(const runtime::workflow_address& target,
                                      runtime::reply_to<told_story> reply) {
  const auto run = find_run(target);
  if (!run) return reply(std::unexpected(run.error()));
  const auto* open = state_->find(*run);
  const auto* closed = state_->find_closed(*run);
  told_story story{state_->name_space(),
                   state_->text(open != nullptr ? open->agent : closed->agent),
                   state_->text(open != nullptr ? open->operation : closed->operation),
                   {}};
  services_.reads.submit([turns = open != nullptr ? open->journal : closed->journal,
                          log = own_log(), reply = std::move(reply),
                          story = std::move(story)]() mutable {
    auto events = runtime::load_history(log, turns);
    if (!events) return reply(std::unexpected(events.error()));
    story.events = *std::move(events);
    reply(std::move(story));
  });
}

}  // namespace perdure::actors
