#include "runtime/author/coroutine_execution.hpp"

#include <algorithm>

#include "runtime/author/limits.hpp"
#include "runtime/author/replay_difference.hpp"
#include "runtime/simulation.hpp"

namespace perdure {

using detail::run_core;
using runtime::park_reason;
using runtime::run_status;

namespace {

/// The code of a plain function: its one step.
workflow<payload> run_function(context& ctx, std::string step, payload input) {
  co_return co_await pending<payload>(ctx.core().ask_step(step, std::move(input), {}));
}

/// What a closed run opens would end with it: only what outlives it is sent. Numbers stay dense.
void drop_what_ends_with_the_run(std::vector<runtime::command>& commands) {
  std::optional<runtime::thing_number> next;
  const auto number_again = [&](runtime::thing_number& number) {
    if (!next) {
      next = number;
    }
  };
  std::erase_if(commands, [&](runtime::command& given) {
    if (auto* step = std::get_if<runtime::run_step>(&given)) {
      number_again(step->number);
      return true;
    }
    if (auto* timer = std::get_if<runtime::start_timer>(&given)) {
      number_again(timer->number);
      return true;
    }
    if (auto* call = std::get_if<runtime::call_agent>(&given)) {
      number_again(call->number);
      if (call->on_close != close_policy::abandon) {
        return true;
      }
      call->number = *next;
      ++next->value;
      return false;
    }
    return std::holds_alternative<runtime::cancel_thing>(given);
  });
}

std::vector<runtime::command_summary> summarise_all(const std::vector<runtime::command>& commands,
                                                    timestamp now) {
  std::vector<runtime::command_summary> summaries;
  summaries.reserve(commands.size());
  for (const auto& command : commands) {
    summaries.push_back(runtime::summarise(command, now));
  }
  return summaries;
}

}  // namespace

coroutine_execution::coroutine_execution(const registered_agent& agent,
                                         runtime::operation_kind kind, runtime::run_description run)
    : agent_(agent), kind_(kind), run_(std::move(run)), core_(run_), context_(core_) {
  if (kind_ == runtime::operation_kind::workflow) {
    try {
      handler_ = agent_.make();
    } catch (...) {
      park(park_reason::exception, "the constructor of the agent's object threw " +
                                       runtime::to_text(describe_current_exception()));
    }
  }
}

coroutine_execution::~coroutine_execution() {
  core_.close();  // from here on the context ignores what destructors ask of it
  body_.reset();
}

runtime::turn_result coroutine_execution::activate(const runtime::activation& work) {
  const run_core::guard running(core_);
  try {
    if (closed_) {
      park(park_reason::exception, "the run has ended: its code takes nothing more");
    }
    for (const auto& past : work.journal) {
      if (!parked_) {
        replay(past);
      }
    }
    if (!parked_ && !work.data.empty()) {
      run_turn(work.seq, work.now, work.data, run_core::mode::live);
    }
    return parked_ ? parked_result(work) : finish_turn(work);
  } catch (...) {
    park(park_reason::exception, runtime::to_text(describe_current_exception()));
    return parked_result(work);
  }
}

void coroutine_execution::replay(const runtime::past_turn& past) {
  if (past.data.empty() && past.commands.empty()) {
    return;  // a turn that ran no code: paused, parked, resumed
  }
  REACHED("turn-replayed");
  run_turn(past.seq, past.now, past.data, run_core::mode::replay);
  if (parked_) {
    return;
  }
  if (has_ended()) {
    runtime::turn_result end;
    end_run(end);  // an exception parks as what it is
    if (!parked_) {
      park(park_reason::nondeterminism,
           fmt::format("turn {}: the journal goes on, the code now ends the run here as {}",
                       past.seq, runtime::name(end.status)));
    }
    return;
  }
  const auto commands = summarise_all(core_.commands(), past.now);
  auto difference =
      detail::describe_difference(past.seq, replayed_commands_, past.commands, commands);
  if (!difference &&
      runtime::chain_digest(past.before, past.seq, commands, run_status::open, {}) != past.after) {
    difference = fmt::format(
        "turn {}: the commands agree with the journal, but its digest does not: the journal is not "
        "the one that was written",
        past.seq);
  }
  if (difference && !MUTANT("digest-check-skipped")) {
    REACHED("code-differs-from-journal");
    park(park_reason::nondeterminism, std::move(*difference));
  }
  replayed_commands_ += past.commands.size();
}

void coroutine_execution::run_turn(runtime::turn_seq seq, timestamp now,
                                   const std::vector<runtime::data_item>& data,
                                   run_core::mode how) {
  core_.begin_turn(seq, now, how);
  for (const auto& item : data) {
    if (item.kind == runtime::item_kind::start) {
      start(item);
    } else {
      core_.take(item);
    }
    if (body_) {
      core_.run_ready(body_);
    }
    if (core_.broken() || has_ended()) {
      break;
    }
  }
  if (core_.broken()) {
    park(core_.broken()->reason, core_.broken()->text);
  } else if (core_.was_misused()) {
    park(park_reason::exception,
         "the context was used outside of the run's activation, or by another thread");
  }
}

void coroutine_execution::start(const runtime::data_item& item) {
  if (body_) {
    return;
  }
  try {
    body_ = kind_ == runtime::operation_kind::function
                ? run_function(context_, function_step_name(run_.agent, run_.operation), item.body)
                      .body()
                : handler_->dispatch_workflow(run_.operation, context_, item.body);
    core_.start(body_);
  } catch (const codec_error& why) {
    refused_ = failure("invalid_input", fmt::format("the input of {}/{} cannot be read: {}",
                                                    run_.agent, run_.operation, why.what()));
  }
}

void coroutine_execution::park(park_reason reason, std::string detail) {
  parked_ = detail::breakage{reason, std::move(detail)};
}

runtime::turn_result coroutine_execution::parked_result(const runtime::activation& work) const {
  runtime::turn_result result;
  result.status = run_status::parked;
  result.parked = parked_->reason;
  result.detail = parked_->text;
  result.after = runtime::chain_digest(work.before, work.seq, {}, run_status::parked, {});
  result.build = agent_.description.build;
  return result;
}

runtime::turn_result coroutine_execution::finish_turn(const runtime::activation& work) {
  runtime::turn_result result;
  result.build = agent_.description.build;
  result.after = work.before;
  if (has_ended()) {
    end_run(result);
    if (parked_) {
      return parked_result(work);
    }
  } else {
    core_.collect_waits(result);
    if (body_ && result.waits.empty() && !result.waits_for_signal) {
      park(park_reason::exception,
           "the code waits for nothing that can ever come: its coroutines await each other");
      return parked_result(work);
    }
  }
  if (!work.data.empty()) {
    result.commands = std::move(core_.commands());
    result.log = core_.take_log();
    result.after = runtime::chain_digest(
        work.before, work.seq, summarise_all(result.commands, work.now), result.status,
        is_closed(result.status) ? runtime::hash_bytes(result.result.view()) : runtime::digest());
  }
  return result;
}

void coroutine_execution::end_run(runtime::turn_result& result) {
  try {
    if (refused_) {
      throw failure(*refused_);
    }
    result.result = body_.promise().value();
    result.status = run_status::completed;
    if (result.result.size() > largest_payload) {
      throw failure(runtime::plain_failure(
          outcome::too_large, fmt::format("the run's result has {} bytes, over the limit of {}",
                                          result.result.size(), largest_payload)));
    }
  } catch (const failure& why) {
    end_run(result, why);
  } catch (...) {
    park(park_reason::exception, runtime::to_text(describe_current_exception()));
    return;
  }
  if (!MUTANT("closed-run-opens-things")) drop_what_ends_with_the_run(core_.commands());
  closed_ = true;
  core_.close();
  body_.reset();
}

void coroutine_execution::end_run(runtime::turn_result& result, failure why) const {
  result.status = run_status::failed;
  if (why.is_cancelled() && core_.cancelled() != nullptr) {
    result.status = core_.deadline_passed() ? run_status::timed_out : run_status::cancelled;
  }
  const auto here = fmt::format("{}/{}, workflow {}", run_.agent, run_.operation, run_.workflow_id);
  auto info = why.info();
  info.origin = info.origin.empty() ? here : fmt::format("{}: {}", here, info.origin);
  result.result = runtime::encode_failure(info);
}

runtime::expected<payload> coroutine_execution::query(std::string_view name, const payload& input) {
  const auto& offered = agent_.description.operations;
  const auto known = std::any_of(offered.begin(), offered.end(), [&](const auto& operation) {
    return operation.kind == runtime::operation_kind::query && operation.name == name;
  });
  if (!known || handler_ == nullptr) {
    return runtime::fail(runtime::errc::not_found,
                         fmt::format("{}/{} has no query `{}`", run_.agent, run_.operation, name));
  }
  try {
    const query_context ctx(run_, core_.now());
    return handler_->dispatch_query(name, ctx, input);
  } catch (const codec_error& why) {
    return runtime::fail(runtime::errc::invalid_argument,
                         fmt::format("the input of query `{}`: {}", name, why.what()));
  } catch (...) {
    return runtime::fail(
        runtime::errc::failed_state,
        fmt::format("query `{}` threw {}", name, runtime::to_text(describe_current_exception())));
  }
}

}  // namespace perdure
