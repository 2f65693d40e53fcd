#include "runtime/author/step_registry.hpp"

#include <algorithm>
#include <stdexcept>

#include "runtime/author/failure.hpp"
#include "runtime/author/limits.hpp"

namespace perdure {
namespace {

runtime::step_report report_for(const runtime::step_attempt& attempt) {
  runtime::step_report report;
  report.partition = attempt.partition;
  report.run = attempt.run;
  report.step = attempt.step;
  report.attempt = attempt.attempt;
  return report;
}

std::string place_of(const runtime::step_attempt& attempt) {
  return fmt::format("step `{}`, attempt {}", attempt.name, attempt.attempt);
}

runtime::step_report fail_permanently(const runtime::step_attempt& attempt, outcome kind,
                                      std::string message) {
  auto report = report_for(attempt);
  report.result = kind;
  report.body =
      runtime::encode_failure(runtime::plain_failure(kind, std::move(message), place_of(attempt)));
  return report;
}

bool is_permanent() {
  try {
    throw;
  } catch (const permanent_error&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

void step_registry::add(std::string name, step_function function, step_types types) {
  if (name.empty() || name.size() > longest_id) {
    throw std::invalid_argument(fmt::format("a step's name has 1 to {} bytes, not {}: `{}`",
                                            longest_id, name.size(), name));
  }
  const auto [at, added] =
      steps_.try_emplace(std::move(name), registered_step{std::move(function), std::move(types)});
  if (!added) {
    throw std::invalid_argument(fmt::format("step `{}` is registered twice", at->first));
  }
}

const step_function* step_registry::find(std::string_view name) const {
  const auto at = steps_.find(name);
  return at == steps_.end() ? nullptr : &at->second.function;
}

const step_types* step_registry::types_of(std::string_view name) const {
  const auto at = steps_.find(name);
  return at == steps_.end() ? nullptr : &at->second.types;
}

std::vector<std::string> step_registry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, step] : steps_) {
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

runtime::step_report step_registry::succeed(const runtime::step_attempt& attempt, payload value) {
  if (value.size() > largest_payload) {
    return fail_permanently(
        attempt, outcome::too_large,
        fmt::format("the step gave {} bytes, over the limit of {}", value.size(), largest_payload));
  }
  auto report = report_for(attempt);
  report.body = std::move(value);
  return report;
}

runtime::step_report step_registry::fail(const runtime::step_attempt& attempt, stop_reason stop) {
  auto report = report_for(attempt);
  auto why = describe_current_exception();
  why.origin = why.origin.empty() ? place_of(attempt) : place_of(attempt) + ": " + why.origin;
  // Once told to stop, an attempt may end by any exception: why it was stopped is what counts.
  if (stop == stop_reason::cancelled) {
    report.result = outcome::cancelled;
  } else if (stop == stop_reason::timed_out) {
    report.result = outcome::timed_out;
    report.retryable = true;
  } else {
    report.result = outcome::failed;
    report.retryable = !is_permanent();
  }
  why.kind = report.result;
  report.body = runtime::encode_failure(why);
  return report;
}

runtime::step_report step_registry::run(const runtime::step_attempt& attempt,
                                        const step_environment& environment) const {
  const auto* function = find(attempt.name);
  const auto* blocking = function == nullptr ? nullptr : std::get_if<blocking_step>(function);
  if (blocking == nullptr) {
    return fail_permanently(attempt, outcome::not_found,
                            fmt::format("no blocking step `{}` is registered here", attempt.name));
  }
  step_context ctx(attempt, environment);
  const auto began = environment.clock == nullptr ? timestamp() : environment.clock->monotonic();
  runtime::step_report report;
  try {
    report = succeed(attempt, (*blocking)(ctx, attempt.arguments));
  } catch (...) {
    report = fail(attempt, ctx.stop());
  }
  if (environment.clock != nullptr) {
    report.took = environment.clock->monotonic() - began;
  }
  return report;
}

}  // namespace perdure
