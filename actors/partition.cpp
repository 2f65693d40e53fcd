#include "actors/partition.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/simulation.hpp"

namespace perdure::actors {

using runtime::duration;
using runtime::timestamp;

partition_actor::partition_actor(caf::actor_config& config, partition_services services,
                                 std::shared_ptr<inbox> news,
                                 const std::shared_ptr<partition_start>& begin)
    : caf::event_based_actor(config),
      services_(std::move(services)),
      news_(std::move(news)),
      state_(std::move(begin->folded)),
      routes_(services_.routes),
      owner_(*state_, routes_, begin->options),
      begin_(std::move(*begin)) {}

caf::behavior partition_actor::make_behavior() {
  open_ = services_.log.atomic_batches();  // then all first records land or none
  if (begin_.unreadable) stop_for(*begin_.unreadable);
  tell_holder();
  flush();
  return {[this](wake_atom) { drain_inbox(); },
          [this](tick_atom) {
            if (!MUTANT("wake-up-lost")) wake_ups_.arrived();
            tick();
          },
          [this](hold_atom, std::uint64_t round) {
            owner_.hold(round != 0, now());
            round_ = round;
            news_->wake_when_steps_end(round != 0);
            flush();
          },
          [this](alone_atom, std::uint64_t ticket) {
            if (ticket != ticket_) {  // of a wish that is over
              REACHED("alone-too-late");
              return send(services_.node, over_atom::value, state_->self().value, ticket);
            }
            granted_ = ticket;
            owner_.grant_alone(now());
            flush();
          },
          [this](open_atom) {
            open_ = true;
            flush();
          },
          [this](want_atom, const wanted_partition& want) {
            begin_.want = want;
            begin_.told = true;
            flush();
          },
          [this](drain_atom, bool patient) {
            patient_ = patient;
            leaving_ = true;
            flush();
          }};
}

void partition_actor::on_exit() {
  news_->unbind();
  for (auto& [run, frame] : frames_) anon_send(frame.actor, drop_atom::value);
  frames_.clear();
  services_.node = nullptr;  // handles of actors that know each other would keep all of them alive
  end_all_waits({runtime::errc::unavailable, "the node is shutting down: ask again later"});
}

void partition_actor::drain_inbox() {
  news_->take(batch_);
  for (const auto& record : batch_.records) fold(record);
  news_->load->unapplied -= batch_.records.size();
  if (!batch_.records.empty()) {
    const bool own = state_->session() == begin_.session;
    news_->load->applied_as_owner = own ? state_->applied().value : 0;
  }
  code_running_ -= batch_.turns.size() + batch_.answers.size();
  for (auto& turn : batch_.turns) {
    const auto found = frames_.find(turn.run);
    if (found == frames_.end() ||
        (found->second.id != turn.frame && !MUTANT("turn-of-a-dropped-frame"))) {
      REACHED("frame-dropped-under-its-turn");
      continue;
    }
    if (turn.no_handler)
      owner_.on_no_handler(turn.run, turn.seq);
    else
      owner_.on_turn(turn.run, turn.seq, std::move(turn.result), now());
  }
  for (const auto& report : batch_.reports) owner_.on_step_report(report, now());
  for (auto& answer : batch_.answers) {
    if (auto found = queries_.extract(answer.token)) found.mapped().reply(std::move(answer.answer));
  }
  for (const auto& call : batch_.calls) call(*this);
  batch_.records.clear();
  batch_.turns.clear();
  batch_.reports.clear();
  batch_.answers.clear();
  batch_.calls.clear();
  flush();
}

void partition_actor::fold(const runtime::log_record& record) {
  if (stopped_) return;
  const auto decoded = decoder_.decode(record.at, record.bytes);
  if (!decoded) return stop_for(decoded.error());
  actions_.clear();
  const bool had = owner_.rules() || owner_.claiming();
  state_->apply(*decoded, actions_);
  for (const auto& action : actions_) perform(*decoded, action);
  owner_.on_record(*decoded, actions_, now());
  if (decoded->kind() == runtime::record_kind::barrier)
    pass_barrier(decoded->as<runtime::wire::Barrier>().nonce());
  if (decoded->kind() == runtime::record_kind::claim ||
      decoded->kind() == runtime::record_kind::handed_over)
    tell_holder();
  const bool has = owner_.rules() || owner_.claiming();
  if (owner_.rules() && decoded->kind() == runtime::record_kind::claim)
    services_.host->notes.belong_to(begin_.session);         // its code will run
  if (had && !has && !state_->handed_over()) claim_later();  // somebody else has claimed
  if (owner_.rules() && decoded->kind() == runtime::record_kind::turn)
    claim_pause_ = first_claim_pause;  // not with the claim: what comes behind it may fail again
}

/// DESIGN 5.6: only damage, regress or a record that this binary cannot read stops a partition, by
/// name.
void partition_actor::stop_for(const runtime::error& why) {
  if (stopped_) return;
  stopped_ = why;
  owner_.give_up(now());
  end_all_waits(
      {runtime::errc::unavailable, fmt::format("the partition has stopped: {}", why.message)});
  services_.report(runtime::log_line::level::error,
                   fmt::format("partition {} of namespace '{}' has stopped: {}", state_->number(),
                               state_->name_space(), why.message));
  found();
}

bool partition_actor::may_pass(const runtime::error& failed) {
  using runtime::errc;
  return failed.code == errc::outcome_unknown || failed.code == errc::unavailable ||
         failed.code == errc::timed_out || failed.code == errc::overloaded;
}

/// What the log refuses can never be read back: without this, whatever waits for it would wait for
/// ever.
void partition_actor::submit(runtime::append_request request) {
  request.completion = [news = news_,
                        line = line_](const runtime::expected<runtime::offset>& landed) {
    if (landed || MUTANT("append-failure-ignored")) return;
    news->post([why = landed.error(), line](partition_actor& self) {
      if (self.goes_on_after(why)) self.give_up_after(why, line);
    });
  };
  services_.log.submit(std::move(request));
}

/// Who asked does not wait for what may never come.
void partition_actor::submit_inputs() {
  inputs_.completion = [news = news_, keys = std::exchange(input_keys_, {})](
                           const runtime::expected<runtime::offset>& landed) {
    if (landed || MUTANT("lost-request-not-told")) return;
    news->post([why = landed.error(), keys](partition_actor& self) {
      if (!self.goes_on_after(why)) return;
      for (const auto& key : keys) self.refuse_request(key, why);
    });
  };
  services_.log.submit(std::exchange(inputs_, {}));
}

/// DESIGN 5.4: false, and the partition has stopped, where a failure is final: on the embedded log,
/// or if the log would refuse the same again.
bool partition_actor::goes_on_after(const runtime::error& failed) {
  if (services_.log.atomic_batches() || !may_pass(failed)) stop_for(failed);
  return !stopped_;
}

/// What makes a partition one, and its config, are appended until they are read back: without
/// atomic batches a part of them may never land.
void partition_actor::found() {
  // One that has stopped never will be: the others do not wait for it.
  if (!open_ && !said_founded_ && (founded() || stopped_)) {
    said_founded_ = true;
    send(services_.node, open_atom::value, state_->self().value);
  }
  if (begin_.first_records.entries.empty() || stopped_) return;
  if (state_->config_version() >= begin_.config_version) {
    begin_.first_records = {};
    return;
  }
  if (founding_ || services_.clock.monotonic() < found_not_before_) return;
  founding_ = true;
  auto request = begin_.first_records;
  request.completion = [news = news_](const runtime::expected<runtime::offset>& landed) {
    if (landed) return;
    news->post([why = landed.error()](partition_actor& self) {
      if (!self.goes_on_after(why)) return;
      self.founding_ = false;
      self.found_not_before_ = self.services_.clock.monotonic() + longest_claim_pause;
    });
  };
  services_.log.submit(std::move(request));
}

bool partition_actor::should_claim() const {
  if (stopped_ || !open_ || !founded() || owner_.rules() || owner_.claiming()) return false;
  // What it appended and never saw may land yet. To claim again forgives the `started` of what ran
  // alone, so not while that code runs (DESIGN 5.3).
  if (own_epoch_is_open()) return over_ == 0 || !code_runs();
  const bool left = state_->handed_over() || !state_->current();
  return wants() && (left || (begin_.want.what == partition_want::now &&
                              (!begin_.want.from || begin_.want.from == state_->session() ||
                               MUTANT("override-of-whoever-owns"))));
}

/// An epoch of this session in which it does not act any more.
bool partition_actor::own_epoch_is_open() const {
  return !owner_.rules() && state_->current() && !state_->handed_over() &&
         state_->session() == begin_.session;
}

/// DESIGN 5.3: a page says what ran for its own session, and nothing of what ran elsewhere.
void partition_actor::claim() {
  if (claim_not_before_.us != 0) REACHED("claim-again");
  const bool known = begin_.suspects.of && begin_.suspects.of == state_->session();
  owner_.drain(!wants());
  owner_.claim(begin_.session, known ? std::optional(begin_.suspects.runs) : std::nullopt, now(),
               begin_.want.view);
}

/// Two that want the same partition, or a log that fails, are not to fill the log with claims.
void partition_actor::claim_later() {
  const auto pause = BUGGIFY("pause-is-over-at-once") ? duration{} : claim_pause_;
  claim_not_before_ = services_.clock.monotonic() + pause;
  claim_pause_ = std::min(duration{claim_pause_.us * 2}, longest_claim_pause);
}

/// DESIGN 5.4: what failed may land yet. So this owner acts no more, and claims again: when that
/// is read back, what it appended before is void wherever it lands.
void partition_actor::give_up_after(const runtime::error& why, std::uint64_t line) {
  REACHED("append-failed");
  if (line != line_) return;  // appended by an owner that has given up since
  ++line_;
  if (!owner_.rules() && !owner_.claiming()) return;
  services_.report(
      runtime::log_line::level::warning,
      fmt::format("partition {} of namespace '{}' appended what may never land ({}): it claims "
                  "again in {} ms",
                  state_->number(), state_->name_space(), why.message, claim_pause_.us / 1'000));
  claim_later();
  if (!MUTANT("acts-on-after-a-failed-append")) owner_.give_up(now());
}

void partition_actor::flush() {
  found();
  if (owner_.take_alone_over()) end_alone();  // before a claim, which would forgive what runs yet
  yield();
  if (owner_.draining()) hand_over_if_drained();
  if (should_claim() && claim_not_before_ <= services_.clock.monotonic()) claim();
  auto out = owner_.take_output();
  if (!inputs_.entries.empty()) submit_inputs();
  append_barrier();
  for (auto& request : out.appends) submit(std::move(request));
  for (const auto& message : out.messages) order(message);
  // Before what comes after them: they show what was recorded, not what is being made of it.
  for (const auto& query : out.queries) send_query(query);
  for (const auto run : out.dropped_frames) drop_frame(run);
  for (auto& activation : out.activations) order(std::move(activation));
  for (auto& attempt : out.attempts) order(std::move(attempt));
  load_attempts();
  if (!attempts_.empty()) services_.steps.start(std::exchange(attempts_, {}));
  for (const auto& stop : out.stops) {
    attempt_loads_.cancel(stop.run, stop.step, stop.attempt);
    services_.steps.cancel(stop.partition, stop.run, stop.step, stop.attempt);
  }
  for (const auto& refusal : out.refusals) refuse_query(refusal);
  for (const auto& line : out.log) {
    services_.report(line.line.severity,
                     fmt::format("{}: {}", state_->run_id(line.run), line.line.text));
  }
  for (const auto where : out.owed_bodies) load_owed(where);
  flush_quarantine(out);
  schedule_tick();
}

/// The owner has no run alone any more, or does not wish to; code that had begun may run yet.
void partition_actor::end_alone() {
  if (granted_ == ticket_)
    over_ = ticket_;
  else
    send(services_.node, over_atom::value, state_->self().value, ticket_);
}

void partition_actor::flush_quarantine(const runtime::owner_output& out) {
  const auto self = state_->self().value;
  const bool still = !code_runs();
  if (out.alone_over) end_alone();
  // What an owner had alone runs on when the partition is another's: nobody goes beside it. Nor
  // while its `started` may stand in the log: it would be convicted for a crash of the others.
  const bool may_stand =
      own_epoch_is_open() && !stopped_ && !MUTANT("beside-a-started-that-stands");
  if (over_ != 0 && still && !may_stand)
    send(services_.node, over_atom::value, self, std::exchange(over_, 0));
  if (out.wants_alone) send(services_.node, alone_atom::value, self, ++ticket_);
  if (round_ != 0 && owner_.silent() && still)
    send(services_.node, silent_atom::value, self, std::exchange(round_, 0));
}

void partition_actor::send_query(const runtime::query_order& what) {
  const auto waiting = queries_.find(what.token);
  const auto frame = frames_.find(what.run);
  const auto* run = state_->find(what.run);
  if (waiting == queries_.end() || frame == frames_.end()) return;
  ++code_running_;
  send(frame->second.actor,
       query_task{what.token, waiting->second.request.name, waiting->second.request.input,
                  run != nullptr && runtime::in_quarantine(*run)});
}

void partition_actor::drop_frame(runtime::run_key run) {
  loading_.erase(run);
  if (const auto found = frames_.find(run); found != frames_.end()) {
    anon_send(found->second.actor, drop_atom::value);
    frames_.erase(found);
  }
}

void partition_actor::tick() {
  owner_.on_time(now());
  end_waits();
  read_again();
  flush();
}

/// One tick is on its way for the earliest thing that time alone brings about.
void partition_actor::schedule_tick() {
  constexpr duration longest = runtime::seconds(3'600);  // what is due in a thousand years can wait
  const auto steady = services_.clock.monotonic();
  timestamp next;
  const auto sooner = [&next](timestamp at) { next = next.us == 0 ? at : std::min(next, at); };
  if (const auto wake = owner_.next_wake(); wake.us != 0) {
    tell_clock_behind();
    sooner(steady + std::clamp(wake - now(), duration{0}, longest));
  }
  if (should_claim()) sooner(std::max(claim_not_before_, steady));
  if (!begin_.first_records.entries.empty() && !founding_ && !stopped_) sooner(found_not_before_);
  if (!reads_again_.empty()) sooner(reads_not_before_);
  if (yields_) {
    if (const auto at = owner_.draining() ? yields_->hand_over_by : yields_->until; at > steady)
      sooner(at);
  }
  if (!waits_.empty()) sooner(std::min(waits_.begin()->first, steady + longest));
  if (next.us == 0 || !wake_ups_.want(next)) return;
  const auto wait = std::max<std::int64_t>(BUGGIFY("late-tick") ? 300'000 : 0, (next - steady).us);
  delayed_send(this, std::chrono::microseconds(wait), tick_atom::value);
}

/// Time in the log never goes back (DESIGN 2.8): a clock that was set back holds up what is timed.
void partition_actor::tell_clock_behind() {
  const auto behind = state_->time() - now();
  if (behind < runtime::seconds(1)) {
    clock_is_behind_ = false;
  } else if (!std::exchange(clock_is_behind_, true)) {
    services_.report(
        runtime::log_line::level::warning,
        fmt::format("the clock is {} s behind the log of partition {} of namespace '{}': its "
                    "timers, retries and deadlines stand still until the clock has caught up",
                    behind.us / 1'000'000, state_->number(), state_->name_space()));
  }
}

/// ADR 0012: a partition that is to be another's serves on until the steps that ran have ended, so
/// that it never stands still for the sake of one. A node that ends starts nothing new.
void partition_actor::yield() {
  if (leaving_ || !owner_.rules()) {
    yields_.reset();
    if (!wants()) owner_.drain();
    return;
  }
  if (wants() && !owner_.draining()) return yields_.reset();
  const auto steady = services_.clock.monotonic();
  if (!yields_) {
    const auto limit = std::min(begin_.yield_within, longest_yield);
    yields_ = yielding{owner_.running(), steady + limit, {}};
  }
  auto& steps = yields_->steps;
  while (!steps.empty() && !owner_.is_running(steps.back())) steps.pop_back();
  if (owner_.draining() || (!steps.empty() && steady < yields_->until)) return;
  owner_.drain();
  yields_->hand_over_by = steady + pause_to_hand_over;
}

/// Membership must know whose the partition is, and how much that one knew when it claimed.
void partition_actor::tell_holder() {
  if (!services_.on_holder) return;
  const bool held = state_->current() && !state_->handed_over();
  services_.on_holder(state_->self(), held ? state_->session() : runtime::session_id{},
                      held ? state_->claim_view() : runtime::offset{});
}

bool partition_actor::may_hand_over() const {
  if (owner_.quiet()) return true;
  const bool patient = yields_ && yields_->hand_over_by.us != 0
                           ? services_.clock.monotonic() < yields_->hand_over_by
                           : patient_;
  return !patient && owner_.settled_down() &&
         (!owner_.runs_alone() || MUTANT("handed-over-while-alone"));
}

void partition_actor::hand_over_if_drained() {
  if (drained_ || owner_.claiming() || should_claim()) return;
  if (!owner_.rules()) {
    if (!leaving_) return;
    drained_ = true;
    send(services_.node, drained_atom::value, state_->self().value, !stopped_);
    return;
  }
  if (may_hand_over()) owner_.hand_over(now());
}

}  // namespace perdure::actors
