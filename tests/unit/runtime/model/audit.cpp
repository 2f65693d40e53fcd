#include "tests/unit/runtime/model/audit.hpp"

#include <algorithm>

#include "tests/unit/runtime/records.hpp"
#include "tests/unit/runtime/took_effect.hpp"

namespace perdure::runtime::model {

namespace {

state::run_counts counted(const state& folded) {
  state::run_counts counts;
  for (const auto& [key, run] : folded.runs()) {
    counts.parked += run.status == run_status::parked ? 1 : 0;
    counts.paused += run.status == run_status::paused ? 1 : 0;
    counts.woken += run.woken ? 1 : 0;
  }
  return counts;
}

}  // namespace

struct audit::look {
  std::uint32_t partition = 0;
  const decoded_record& record;
  state& folded;
  const actions& did;
  session_id ruled;  ///< before it
  std::map<run_key, std::size_t> arrivals = {};
  std::size_t numbered = 0;
};

audit::audit(memory_log& log, std::size_t partitions, bool atomic) : log_(log), atomic_(atomic) {
  for (std::uint32_t i = 0; i < partitions; ++i)
    truth_.push_back(std::make_unique<state>(partition_index(i)));
}

void audit::land(partition_index where, offset at, const payload& bytes) {
  ++landed_;
  auto& folded = *truth_[where.value];
  const auto record = decoder_.decode(at, bytes);
  check(0, record.has_value(), "a record that cannot be read");
  const auto mark = hash_bytes(bytes.view(), where.value).value;
  const bool is_copy = effective_.contains(mark);
  const auto ruled = folded.session();
  const auto time = folded.time();
  const auto before = is_copy ? folded.canonical() : std::string{};
  actions did;
  folded.apply(*record, did);
  if (story_ != nullptr) {
    auto line = fmt::format("p{}@{}{} {}", where, at, is_copy ? " COPY" : "", to_text(*record));
    for (const auto& action : did) line += "\n      " + to_text(action);
    story_->push_back(std::move(line));
  }
  check(4, !is_copy || before == folded.canonical(), "a copy changed something: {}",
        to_text(*record));
  look now{where.value, *record, folded, did, ruled};
  for (const auto& action : did) {
    std::visit([&](const auto& what) { one(now, what); }, action);
    check(7, !atomic_ || is_copy || !std::get_if<turn_void>(&action), "embedded, but {}",
          to_text(action));
  }
  check(11, folded.time() >= time, "log time of p{} goes back", where);
  if (took_effect(did)) effective_.insert(mark);
  check(5, folded.counts() == counted(folded), "p{} counts its runs wrongly", where);
  check(6, folded.current().value == epochs_[where.value], "p{} has epoch {}, not {}", where,
        folded.current(), epochs_[where.value]);
}

void audit::only_in_its_epoch(const look& at, std::uint64_t named) const {
  check(6, named == epochs_.at(at.partition), "{} counts in epoch {}", to_text(at.record),
        epochs_.at(at.partition));
}

void audit::one(look& at, const turn_recorded& what) {
  const auto& turn = at.record.as<wire::Turn>();
  only_in_its_epoch(at, turn.epoch());
  const run_id run{at.partition, what.run};
  auto& chain = chains_[run];
  check(7, turn.seq() == chain.first + 1 && turn.before() == chain.second,
        "turn {} of run {} breaks the chain", turn.seq(), what.run);
  chain = {turn.seq(), turn.digest()};
  crashes_[run] = 0;
  if (what.run == system_run) return;
  const auto* now = at.folded.find(what.run);
  check(16, now == nullptr || now->suspect == 0,
        "run {} stays suspect though a turn of it was recorded", what.run);
  auto& time = turned_[run];
  check(11, at.record.time() >= time, "turn {} of run {} is earlier than the one before it",
        turn.seq(), what.run);
  time = at.record.time();
  const auto status = static_cast<run_status>(turn.status());
  const bool ran_code = turn.controls() == 0 && status != run_status::parked;
  check(7, !ran_code || !standing_.contains(run), "code of run {} ran while it was {}", what.run,
        ran_code && standing_.contains(run) ? name(standing_.at(run)) : "");
  if (status == run_status::paused || status == run_status::parked)
    standing_[run] = status;
  else
    standing_.erase(run);
  check(7, !closed_.contains(run), "a turn of run {}, which has closed", what.run);
  consumed(at, turn);
  commanded(at, turn);
  settled_ones_wait(at, what.run);
}

/// What has its result is there for no longer than the result waits.
void audit::settled_ones_wait(const look& at, run_key key) const {
  const auto* run = at.folded.find(key);
  if (run == nullptr) return;
  for (const auto& open : run->things) {
    const auto waits = std::ranges::find(run->data, open.number, &data_item::thing);
    check(18, !open.settled || waits != run->data.end(),
          "{} of run {} stays though it was consumed", open.number, key);
  }
}

/// DESIGN 2.7: paid work is not thrown away.
void audit::one(look& at, const turn_void& what) {
  if (what.run == system_run) return;
  for (const auto& result : at.record.as<wire::Turn>().results()) {
    const thing_id thing{at.partition, what.run, result.step()};
    const auto opened = opened_.find(thing);
    if (opened == opened_.end() || opened->second.cancelled || !is_outcome(result.outcome()) ||
        closed_.contains({at.partition, what.run}))
      continue;
    const auto settles = [&](const action& did) {
      const auto* end = std::get_if<settled>(&did);
      return end != nullptr && end->run == what.run && end->thing.value == result.step();
    };
    check(8, outcomes_.contains(thing) || std::ranges::any_of(at.did, settles),
          "a result of {} of run {} is lost with a void turn", result.step(), what.run);
  }
}

void audit::consumed(look& at, const wire::Turn& turn) {
  const auto key = key_of(turn.run());
  auto& waiting = waiting_[{at.partition, key}];
  for (const auto& had : turn.consumed()) {
    const item named{had.kind(), had.at(), had.part(), had.thing()};
    check(7, !waiting.empty() && waiting.front() == named,
          "turn {} of run {} consumes what is not next", turn.seq(), key);
    waiting.pop_front();
  }
}

void audit::commanded(look& at, const wire::Turn& turn) {
  const auto key = key_of(turn.run());
  for (const auto& command : turn.commands()) {
    const thing_id thing{at.partition, key, command.number()};
    const auto kind = static_cast<command_kind>(command.kind());
    if (kind == command_kind::cancel) {
      const bool ended = std::ranges::any_of(turn.results(), [&](const auto& result) {
        return result.step() == command.number();  // it came with what made the code let go of it
      });
      if (opened_[thing].kind != command_kind::call && !ended) opened_[thing].cancelled = true;
    } else if (kind != command_kind::signal) {
      check(8, !opened_.contains(thing), "{} of run {} is opened twice", command.number(), key);
      opened_[thing] = {kind, static_cast<step_mode>(command.mode()), command.due_us(), false,
                        command.retry().maximum_attempts()};
    }
  }
}

void audit::one(look& at, const arrived& came) {
  const auto* run = at.folded.find(came.run);
  if (run == nullptr) return;  // closed by this very record
  // The n-th item that this record brought, of those at the end of the queue.
  const auto brought = std::ranges::count_if(at.did, [&](const action& what) {
    const auto* other = std::get_if<arrived>(&what);
    return other != nullptr && other->run == came.run;
  });
  const auto index = run->data.size() - static_cast<std::size_t>(brought) + at.arrivals[came.run]++;
  const auto& had = run->data[index];
  check(7, had.kind == came.kind, "what arrived for run {} is not at the end of its queue",
        came.run);
  waiting_[{at.partition, came.run}].push_back(
      {static_cast<std::uint32_t>(had.kind), had.at.value, had.part, had.thing.value});
}

void audit::one(look& at, const settled& end) {
  const thing_id thing{at.partition, end.run, end.thing.value};
  check(8, outcomes_.emplace(thing, end.result).second, "a second result of {} of run {}",
        end.thing, end.run);
  const auto& was = opened_[thing];
  check(8, !was.cancelled, "{} of run {} was cancelled, and then settled", end.thing, end.run);
  check(11, was.kind != command_kind::timer || at.folded.time().us >= was.due,
        "timer {} of run {} fired early", end.thing, end.run);
}

void audit::one(look& at, const retry_scheduled& retry) {
  const auto& failed = at.record.as<wire::StepResult>();
  check(8, failed.attempt() + 1 == retry.attempt.value,
        "attempt {} of {} of run {} follows a failure of attempt {}", retry.attempt, retry.step,
        retry.run, failed.attempt());
  auto& step = opened_[{at.partition, retry.run, retry.step.value}];
  ++step.failures;
  check(8, step.most_attempts == 0 || step.failures < step.most_attempts,
        "{} of run {} is tried again after {} failures", retry.step, retry.run, step.failures);
}

void audit::one(look& at, const answered& answer) {
  const auto takes = [](const action& did) {
    return std::get_if<arrived>(&did) || std::get_if<control_arrived>(&did) ||
           std::get_if<run_opened>(&did);
  };
  check(1,
        answer.result != request_outcome::accepted || answer.duplicate ||
            std::ranges::any_of(at.did, takes),
        "a request is accepted, and nothing done: {}", to_text(at.record));
  if (answer.result == request_outcome::too_late) {
    check(1, forgets, "a key was forgotten");
    late_.insert({answer.key.high, answer.key.low});
    return;
  }
  const kept_answer now{answer.result, answer.body, {at.partition, answer.run}};
  const auto [kept, fresh] = answers_.try_emplace({answer.key.high, answer.key.low}, now);
  auto& known = kept->second;
  if (!fresh && !answer.duplicate) {
    check(1, removed_.contains(known.run), "a request was answered {}, and is taken for a new one",
          name(known.result));
    known = now;
  }
  const auto expected = known.body == answer.body ? known.result : request_outcome::conflict;
  check(1, fresh || answer.result == expected, "a request was answered {}, then {}", name(expected),
        name(answer.result));
}

void audit::one(look& at, const message_numbered& message) {
  const auto& turn = at.record.as<wire::Turn>();
  const auto index = static_cast<int>(at.numbered++);
  const auto& outgoing = turn.outgoing(index);
  auto& channel = numbered_[{at.partition, message.target.value}];
  auto body = outgoing.body().SerializeAsString();
  body += body_of(at.record, outgoing_part(static_cast<std::uint32_t>(index))).view();
  channel.push_back({outgoing.enclosed(), std::move(body)});
  check(2, message.number.value == channel.size(), "p{} gives number {} to message {} to p{}",
        at.partition, message.number, channel.size(), message.target);
  check(3, outgoing.target() == message.target.value, "a message changes its target");
}

void audit::one(look& at, const message_taken& message) {
  const channel from{message.source.value, at.partition};
  const auto number = ++taken_[from];
  check(2, message.number.value == number, "p{} takes {} of p{} instead of {}", at.partition,
        message.number, message.source, number);
  const auto& sent = numbered_[from];
  check(3, number <= sent.size(), "p{} takes {} of p{}, which no valid turn holds", at.partition,
        number, message.source);
  if (message.source.value == at.partition || sent[number - 1].enclosed) return;
  const auto& record = at.record.as<wire::Message>();
  auto body = record.body().SerializeAsString();
  body += at.record.view.body(record.body_payload()).view();
  check(3, body == sent[number - 1].body, "message {} of p{} is another than its turn holds",
        number, message.source);
}

void audit::one(look& at, const confirmed& sent) {
  only_in_its_epoch(at, at.record.as<wire::Sent>().epoch());
  const channel to{at.partition, sent.target.value};
  confirmed_[to] = sent.number.value;
  check(12, sent.number.value <= taken_[to], "p{} confirms {} to p{}, which was not taken",
        at.partition, sent.number, sent.target);
}

void audit::one(look& at, const began&) {
  only_in_its_epoch(at, at.record.as<wire::Started>().epoch());
}

void audit::one(look& at, const left&) {
  only_in_its_epoch(at, at.record.as<wire::HandedOver>().epoch());
}

void audit::one(look& at, const claimed&) {
  check(6, at.record.as<wire::Claim>().replaces() == epochs_[at.partition],
        "a claim of p{} replaces an older epoch", at.partition);
  epochs_[at.partition] = at.record.at.value;
}

void audit::one(look& at, const time_advanced& time) {
  only_in_its_epoch(at, at.record.as<wire::Clock>().epoch());
  check(11, time.now.us >= times_[at.partition], "log time of p{} goes back", at.partition);
  times_[at.partition] = time.now.us;
}

void audit::one(look& at, const run_closed& close) {
  check(7, closed_.insert({at.partition, close.run}).second, "run {} closes twice", close.run);
}

void audit::one(look& at, const run_removed& gone) { removed_.insert({at.partition, gone.run}); }

void audit::one(look& at, const convicted& what) {
  const auto* run = at.folded.find(what.run);
  check(16, may_convict(at.ruled, *run), "bystander {} ({}) is convicted", what.run,
        run->workflow_id);
}

void audit::effect(partition_index where, run_key run, thing_number step, attempt_number attempt) {
  const thing_id thing{where.value, run, step.value};
  const auto found = opened_.find(thing);
  check(9, found != opened_.end(), "step {} of run {} began before its turn was recorded", step,
        run);
  check(8, attempts_.insert({thing, attempt.value}).second, "attempt {} of step {} of run {} twice",
        attempt, step, run);
  const auto efforts = ++efforts_[thing];
  check(10, found->second.mode == step_mode::at_least_once || efforts == 1,
        "at_most_once step {} of run {} was attempted again", step, run);
}

void audit::crashed(partition_index where, run_key run) {
  check(16, ++crashes_[{where.value, run}] <= 3, "run {} crashed its owner a fourth time", run);
}

}  // namespace perdure::runtime::model
