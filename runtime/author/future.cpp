#include "runtime/author/future.hpp"

#include <fmt/format.h>

#include "runtime/author/run_core.hpp"
#include "runtime/author/wait.hpp"
#include "runtime/invariant.hpp"

namespace perdure::detail {
namespace {

std::string_view what_happened(outcome kind) {
  switch (kind) {
    case outcome::timed_out:
      return "timed out";
    case outcome::cancelled:
      return "was cancelled";
    case outcome::terminated:
      return "was terminated";
    case outcome::outcome_unknown:
      return "was lost with its owner: it may have happened";
    case outcome::denied:
      return "is not allowed by the target's namespace";
    case outcome::not_found:
      return "found nobody there";
    case outcome::rejected:
      return "was rejected: there is or was a run of that workflow id";
    case outcome::too_large:
      return "is over a limit of size";
    case outcome::ok:
    case outcome::failed:
      break;
  }
  return "failed";
}

}  // namespace

future::~future() = default;

void future::settle(outcome result, runtime::payload body) {
  if (!settled_) {
    settled_ = true;
    result_ = result;
    body_ = std::move(body);
  }
}

void future::settle(failure why) {
  if (!settled_) {
    settled_ = true;
    result_ = why.kind();
    why_ = std::move(why);
  }
}

failure future::why() const {
  INVARIANT(settled_ && result_ != outcome::ok, "{} has not failed", describe());
  if (why_) {
    return *why_;
  }
  if (body_.empty()) {
    return failure(runtime::plain_failure(
        result_, fmt::format("{} {}", describe(), what_happened(result_)), describe()));
  }
  auto inner = runtime::decode_failure(body_.view());
  if (!inner) {
    return failure(runtime::plain_failure(
        result_,
        fmt::format("{} {} ({})", describe(), what_happened(result_), inner.error().message),
        describe()));
  }
  if (kind == sort::call) {  // one link of the chain per call; the type goes through
    failure_info outer{result_,
                       inner->type,
                       fmt::format("{} {}: {}", describe(), what_happened(result_), inner->message),
                       describe(),
                       {}};
    outer.causes.push_back(std::move(*inner));
    return failure(std::move(outer));
  }
  inner->kind = result_;
  if (inner->origin.empty()) {
    inner->origin = describe();
  }
  return failure(std::move(*inner));
}

std::string future::describe() const {
  switch (kind) {
    case sort::step:
      return fmt::format("step `{}`", label);
    case sort::timer:
      return "a timer";
    case sort::call:
      return fmt::format("the call of {}", label);
    case sort::signal:
      return fmt::format("signal `{}`", label);
    case sort::task:
      return "a task";
  }
  INVARIANT(false, "future of sort {}", static_cast<int>(kind));
}

signal_future::~signal_future() {
  if (core != nullptr && !is_settled()) {
    core->withdraw(*this);
  }
}

}  // namespace perdure::detail
