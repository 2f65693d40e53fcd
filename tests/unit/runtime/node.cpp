#include "tests/unit/runtime/node.hpp"

#include <algorithm>

namespace perdure::runtime {

seat& node::add(partition_index partition, const owner_options& options) {
  return *seats.emplace_back(std::make_unique<seat>(log_, routes_, partition, options));
}

void node::collect(seat& from) {
  auto out = from.acts.take_output();
  for (auto& request : out.appends) appends.push_back({&from, std::move(request)});
  for (auto& order : out.messages) {
    if (order.record.empty()) {
      record_decoder decoder;
      const auto turn = decoder.decode(order.body.at, log_.at(order.body.at));
      order.record = from.acts.encode_message(*turn, order.body.part, order.number);
    }
    messages.push_back({&from, std::move(order)});
  }
  for (const auto run : out.dropped_frames) drop(from, run);
  for (auto& order : out.activations) {
    fill(from, order);
    activations.push_back({&from, std::move(order)});
  }
  for (auto& order : out.attempts) {
    if (order.missing) order.attempt.arguments = body_at(order.arguments);
    attempts.push_back({&from, std::move(order.attempt)});
  }
  for (const auto& what : out.stops) stop(from, what);
  for (const auto& query : out.queries) {
    INVARIANT(frames_.contains({&from, query.run}), "a query of run {} meets no frame", query.run);
    answered.push_back(query);
  }
  for (auto& refusal : out.refusals) refused.push_back(std::move(refusal));
  for (auto& line : out.log) lines.push_back(std::move(line.line.text));
  for (const auto where : out.owed_bodies) loads.emplace_back(&from, where);
  release(from, out);
}

void node::release(seat& from, owner_output& out) {
  if (out.alone_over) {
    std::erase(want_alone_, &from);
    if (alone_ == &from) {
      alone_ = nullptr;
      granted_ = false;
    }
  }
  if (out.wants_alone) want_alone_.push_back(&from);
}

bool node::move_alone(timestamp now) {
  if (alone_ == nullptr && !want_alone_.empty()) {
    alone_ = want_alone_.front();
    want_alone_.pop_front();
    hold(true, now);
    return true;
  }
  if (alone_ != nullptr && !granted_ && silent()) {
    granted_ = true;
    auto& alone = *alone_;
    alone.acts.grant_alone(now);
    collect(alone);
    return true;
  }
  if (alone_ == nullptr && holding_) {
    hold(false, now);
    return true;
  }
  return false;
}

void node::hold(bool silent, timestamp now) {
  holding_ = silent;
  for (const auto& held : seats) {
    held->acts.hold(silent, now);
    collect(*held);
  }
}

bool node::silent() const {
  return activations.empty() && attempts.empty() &&
         std::ranges::all_of(seats, [](const auto& held) { return held->acts.silent(); });
}

std::vector<run_key> node::noted(partition_index partition) const {
  std::set<run_key> runs;
  for (const auto& code : activations) {
    if (code.begun && code.from->folded.self() == partition) runs.insert(code.what.run);
  }
  for (const auto& step : attempts) {
    if (step.begun && step.from->folded.self() == partition) runs.insert(step.what.run);
  }
  return {runs.begin(), runs.end()};
}

void node::drop(seat& from, run_key run) {
  frames_.erase({&from, run});
  std::erase_if(activations, [&](running_code& code) {
    if (code.from != &from || code.what.run != run) return false;
    code.dropped = true;
    return !code.begun;
  });
}

void node::stop(seat& from, const step_attempt& what) {
  for (auto& step : attempts) {
    if (step.from == &from && step.what.run == what.run && step.what.step == what.step &&
        step.what.attempt == what.attempt)
      step.stopped = true;
  }
}

payload node::body_at(body_ref where) {
  if (!log_.holds(where.at)) return {};
  record_decoder decoder;
  return body_of(*decoder.decode(where.at, log_.at(where.at)), where.part);
}

/// What an executor is given holds no missing body, and a resident run's frame is what its journal
/// says.
void node::fill(seat& from, activation_order& order) {
  for (auto& item : order.work.data) {
    if (!item.at) continue;  // an enclosed result
    const auto recorded = body_at({item.at, item.part});
    INVARIANT(item.missing || item.body == recorded, "the {} at {} holds another body than the log",
              name(item.kind), item.at);
    item.body = recorded;
    item.missing = false;
  }
  const auto* run = from.folded.find(order.run);
  const auto frame = frames_.find({&from, order.run});
  INVARIANT(order.resident == (frame != frames_.end()), "run {} resident: {}", order.run,
            order.resident);
  auto past = replayed(log_, run->journal);
  if (order.resident) {
    INVARIANT(frame->second == past, "the frame of run {} differs from its journal", order.run);
    return;
  }
  INVARIANT(order.journal == run->journal, "run {} is to be replayed from another journal",
            order.run);
  frames_[{&from, order.run}] = std::move(past);
}

void node::finish(std::list<running_code>::iterator which, const code& agent, timestamp now) {
  const auto done = std::move(*which);
  activations.erase(which);
  if (done.dropped) return;
  auto& from = *done.from;
  const auto& order = done.what;
  auto& frame = frames_.at({&from, order.run});
  if (order.work.data.empty()) {  // it stands where it stood
    const auto& run = *from.folded.find(order.run);
    turn_result still;
    for (const auto& wait : run.waits) still.waits.push_back({wait.need, wait.things});
    still.waits_for_signal = run.waits_for_signal;
    still.after = order.work.before;
    from.acts.on_turn(order.run, order.work.seq, std::move(still), now);
    return collect(from);
  }
  script_turn turn(order.work, frame);
  agent(turn, from, *from.folded.find(order.run));
  from.acts.on_turn(order.run, order.work.seq, turn.take(), now);
  collect(from);
}

void node::finish(std::list<attempt>::iterator which, step_report report, timestamp now) {
  const auto done = std::move(*which);
  attempts.erase(which);
  report.partition = done.what.partition;
  report.run = done.what.run;
  report.step = done.what.step;
  report.attempt = done.what.attempt;
  done.from->acts.on_step_report(report, now);
  collect(*done.from);
}

void node::load_one(timestamp now) {
  const auto [from, where] = loads.front();
  loads.pop_front();
  from->acts.on_owed_body(where, body_at(where), now);
  collect(*from);
}

}  // namespace perdure::runtime
