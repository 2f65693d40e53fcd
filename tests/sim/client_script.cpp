#include "tests/sim/client_script.hpp"

#include <algorithm>
#include <memory>

#include "tests/sim/workload.hpp"

namespace perdure::sim {
namespace {

/// For what is known to be there: a node that only follows may be behind, and not know of it yet.
/// What is really lost is asked for until the world's patience ends.
template <class T>
void ask_known(cluster& on, const std::string& name,
               const std::function<void(runtime::client&, runtime::reply_to<T>)>& what,
               const std::function<void(const runtime::expected<T>&)>& done) {
  on.ask<T>(name, what, [&on, name, what, done](const runtime::expected<T>& answer) {
    if (answer || answer.error().code != runtime::errc::not_found) return done(answer);
    on.in().in(runtime::milliseconds(500), nullptr,
               [&on, name, what, done] { ask_known<T>(on, name, what, done); });
  });
}

}  // namespace

void clients::add(runtime::duration within, client_script what) {
  scripts_.push_back(std::move(what));
  on_->in().in(runtime::duration{chance().between(0, within.us)}, nullptr,
               [begins = scripts_.back().handle()] { begins.resume(); });
}

bool clients::are_done() const { return std::ranges::all_of(scripts_, &client_script::is_over); }

awaited<clients::reply> clients::start(order what) const {
  return awaited<reply>([this, what = std::move(what)](awaited<reply>::done then) {
    on_->ask<runtime::start_reply>(
        "start of " + what.id,
        [what](runtime::client& through, auto answer) {
          runtime::start_request request;
          request.name_space = what.name_space;
          request.agent = what.agent;
          request.operation = what.operation;
          request.workflow_id = what.id;
          request.request_key = what.key.empty() ? what.id : what.key;
          request.policy = what.policy;
          request.delay = what.delay;
          request.timeout = what.timeout;
          request.input = encode(what.input);
          through.start(std::move(request), std::move(answer));
        },
        std::move(then));
  });
}

awaited<clients::reply> clients::signal(address to, std::string name, std::string key,
                                        std::string text) const {
  return awaited<reply>([this, to = std::move(to), name = std::move(name), key = std::move(key),
                         text = std::move(text)](awaited<reply>::done then) {
    on_->ask<runtime::start_reply>(
        fmt::format("signal {} to {}", key, to.workflow_id),
        [to, name, key, text](runtime::client& through, auto answer) {
          through.signal({to, name, key, encode(text)}, std::move(answer));
        },
        std::move(then));
  });
}

awaited<clients::reply> clients::control(address to, runtime::control_verb verb,
                                         std::string key) const {
  return awaited<reply>(
      [this, to = std::move(to), verb, key = std::move(key)](awaited<reply>::done then) {
        on_->ask<runtime::start_reply>(
            fmt::format("control {} of {}", key, to.workflow_id),
            [to, verb, key](runtime::client& through, auto answer) {
              through.control({to, verb, key, "asked to"}, std::move(answer));
            },
            std::move(then));
      });
}

awaited<runtime::expected<std::string>> clients::query(address to, std::string name) const {
  using answered = awaited<runtime::expected<std::string>>;
  return answered([this, to = std::move(to), name = std::move(name)](answered::done then) {
    ask_known<runtime::payload>(
        *on_, fmt::format("query of {}", to.workflow_id),
        [to, name](runtime::client& through, auto answer) {
          through.query({to, name, encode(std::string{})}, std::move(answer));
        },
        [then = std::move(then)](const auto& answer) {
          if (!answer) return then(std::unexpected(answer.error()));
          then(decode<std::string>(*answer));
        });
  });
}

awaited<runtime::expected<runtime::run_details>> clients::describe(address of) const {
  using answered = awaited<runtime::expected<runtime::run_details>>;
  return answered([this, of = std::move(of)](answered::done then) {
    ask_known<runtime::run_details>(
        *on_, fmt::format("details of {}", of.workflow_id),
        [of](runtime::client& through, auto answer) { through.describe(of, std::move(answer)); },
        std::move(then));
  });
}

awaited<runtime::expected<std::vector<runtime::history_event>>> clients::history(address of) const {
  using events = std::vector<runtime::history_event>;
  using answered = awaited<runtime::expected<events>>;
  return answered([this, of = std::move(of)](answered::done then) {
    ask_known<events>(
        *on_, fmt::format("history of {}", of.workflow_id),
        [of](runtime::client& through, auto answer) { through.history(of, std::move(answer)); },
        std::move(then));
  });
}

void clients::await_end(cluster& on, const address& of, const ended& then) {
  ask_known<runtime::run_result>(
      on, fmt::format("result of {}{}", of.workflow_id, of.run_id),
      [of](runtime::client& through, auto answer) {
        through.result(of, longest_poll, std::move(answer));
      },
      [&on, of, then](const runtime::expected<runtime::run_result>& end) {
        if (!end || runtime::is_closed(end->status)) return then(end);
        // The wait ran out, and the next one need not begin at once.
        on.in().in(runtime::seconds(1), nullptr, [&on, of, then] { await_end(on, of, then); });
      });
}

awaited<runtime::expected<runtime::run_result>> clients::end_of(address of) const {
  using answered = awaited<runtime::expected<runtime::run_result>>;
  return answered(
      [this, of = std::move(of)](const answered::done& then) { await_end(*on_, of, then); });
}

awaited<std::monostate> clients::wait(runtime::duration least, runtime::duration most) const {
  return awaited<std::monostate>([this, least, most](awaited<std::monostate>::done then) {
    on_->in().in(runtime::duration{chance().between(least.us, most.us)}, nullptr,
                 [then = std::move(then)] { then({}); });
  });
}

std::string value_of(const runtime::expected<runtime::run_result>& end, std::string_view who) {
  const auto& ended = must(end, who);
  if (ended.status != runtime::run_status::completed)
    throw violated(
        fmt::format("{} is {}: {}", who, runtime::name(ended.status), ended.body.view()));
  return decode<std::string>(ended.body);
}

}  // namespace perdure::sim
