#include "actors/link.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <variant>

#include <caf/io/middleman.hpp>
#include <caf/io/scribe.hpp>

#include "actors/link_middleman.hpp"
#include "actors/messages.hpp"
#include "actors/reply_once.hpp"

namespace perdure::actors {
namespace {

// Between builds: never change.
using hello_atom = caf::atom_constant<caf::atom("hello")>;
using greeted_atom = caf::atom_constant<caf::atom("greeted")>;
using ask_atom = caf::atom_constant<caf::atom("ask")>;
using describe_atom = caf::atom_constant<caf::atom("describe")>;
using answer_atom = caf::atom_constant<caf::atom("answer")>;

constexpr auto patience_with_handshake = std::chrono::seconds(3);

/// Who can answer a question: the owner of its partition, or the nodes that have its agent.
answerers_function answerers_of(const link_services& services) {
  return [owner = services.owner,
          hosting = services.hosting](const question_target& whom) -> std::vector<peer> {
    if (const auto* agent = std::get_if<runtime::agent_address>(&whom)) {
      std::vector<peer> peers;
      if (!hosting) return peers;
      for (auto& one : hosting(*agent)) peers.push_back(std::move(one.at));
      return peers;
    }
    auto found = owner(std::get<runtime::partition_index>(whom));
    if (!found.session) return {};
    return {std::move(found)};
  };
}

}  // namespace

link_actor::link_actor(caf::actor_config& config, link_services services, const std::string& node,
                       passed_questions_options options)
    : caf::event_based_actor(config),
      services_(std::move(services)),
      self_{link_version, node, options.self},
      options_(options),
      passed_(options, answerers_of(services_)),
      broker_(middleman_broker(system())) {}

caf::behavior link_actor::make_behavior() {
  set_default_handler(caf::drop);
  set_down_handler([this](const caf::down_msg& down) { lose(down.source); });
  return {
      [this](const question_to_pass& what) { pass(what); },
      [this](const passed_answer& answer) {
        passed_.on_answer(answer.number, answer.attempt, answer.value, now());
        flush();
      },
      [this](const dialled& what) {
        if (!what.socket) return fail_dial(what.session, what.socket.error().message);
        auto scribe = system().middleman().backend().new_scribe((*what.socket)->take());
        request(broker_, patience_with_handshake, caf::connect_atom::value, std::move(scribe),
                std::uint16_t{0})
            .then(
                [this, session = what.session](const caf::node_id&,
                                               const caf::strong_actor_ptr& far,
                                               const std::set<std::string>&) {
                  if (!far) return fail_dial(session, "nothing of a node answers there");
                  greet(session, caf::actor_cast<caf::actor>(far));
                },
                [this, session = what.session](const caf::error& why) {
                  fail_dial(session, system().render(why));
                });
      },
      [this](tick_atom) {
        wake_ups_.arrived();
        passed_.on_time(now());
        flush();
      },
      [this](hello_atom, const std::string&) {
        if (current_sender())
          send(caf::actor_cast<caf::actor>(current_sender()), greeted_atom::value, to_bytes(self_));
      },
      [this](greeted_atom, const std::string& bytes) { hear_greeting(current_sender(), bytes); },
      [this](ask_atom, const std::string& bytes) {
        if (current_sender()) serve(caf::actor_cast<caf::actor>(current_sender()), bytes);
      },
      [this](describe_atom, const std::string& bytes) {
        if (current_sender()) describe(caf::actor_cast<caf::actor>(current_sender()), bytes);
      },
      [this](answer_atom, const std::string& bytes) { hear_answer(bytes); }};
}

void link_actor::on_exit() {
  far_.clear();
  waiting_.clear();  // whoever waits hears of it
  broker_ = nullptr;
}

void link_actor::pass(question_to_pass what) {
  const auto number = passed_.add(what.whom, what.request.input.size(), now());
  if (!number) return what.reply(std::unexpected(number.error()));
  waiting_.emplace(*number, std::move(what));
  flush();
}

void link_actor::connect(const peer& to) {
  auto& far = far_[to.session];
  far.name = to.node;
  services_.dialer.dial(to.address,
                        [self = caf::actor_cast<caf::actor>(this),
                         session = to.session](runtime::expected<runtime::shared_socket> socket) {
                          caf::anon_send(self, dialled{session, std::move(socket)});
                        });
}

void link_actor::greet(runtime::session_id session, const caf::actor& far) {
  far_[session].actor = far;
  monitor(far);
  send(far, hello_atom::value, to_bytes(self_));
}

/// Who understands other messages is asked nothing.
void link_actor::hear_greeting(const caf::strong_actor_ptr& from, const std::string& bytes) {
  const auto found = std::ranges::find_if(far_, [&from](const auto& entry) {
    return caf::actor_cast<caf::strong_actor_ptr>(entry.second.actor) == from;
  });
  const auto said = decode_greeting(bytes);
  if (!from || found == far_.end() || found->second.up || !said) return;
  const auto session = found->first;
  auto& [actor, name, up] = found->second;
  if (said->version != link_version) {
    const auto why = fmt::format("its build speaks version {} of the link, this node's {}",
                                 said->version, link_version);
    services_.report(runtime::log_line::level::warning,
                     fmt::format("link: node '{}' is not asked: {}", name, why));
    passed_.on_link_refused(session, why, now());
    far_.erase(found);
    return flush();
  }
  if (said->session != session)
    return fail_link(session, fmt::format("node '{}' answers at its address", said->node));
  up = true;
  services_.report(runtime::log_line::level::debug, fmt::format("link: reached node '{}'", name));
  passed_.on_link(session, now());
  flush();
}

void link_actor::lose(const caf::actor_addr& far) {
  const auto found =
      std::ranges::find_if(far_, [&far](const auto& entry) { return entry.second.actor == far; });
  if (found != far_.end()) fail_link(found->first, "the link to it broke");
}

/// One that was dialled once more, because this took so long, may be up.
void link_actor::fail_dial(runtime::session_id session, const std::string& why) {
  const auto found = far_.find(session);
  if (found == far_.end() || !found->second.up) fail_link(session, why);
}

void link_actor::fail_link(runtime::session_id session, const std::string& why) {
  const auto lost = far_.extract(session);
  services_.report(runtime::log_line::level::debug,
                   fmt::format("link: node '{}' is not reached: {}",
                               lost ? lost.mapped().name : std::string(), why));
  passed_.on_link_lost(session, why, now());
  flush();
}

/// What another node asks; the answer comes on any thread.
void link_actor::serve(const caf::actor& asker, const std::string& bytes) {
  auto asked = decode_query(bytes);
  if (!asked) return;
  services_.ask_here(std::move(asked->request),
                     [asker, number = asked->number,
                      attempt = asked->attempt](runtime::expected<runtime::payload> value) {
                       caf::anon_send(asker, answer_atom::value,
                                      to_bytes(passed_answer{number, attempt, std::move(value)}));
                     });
}

void link_actor::describe(const caf::actor& asker, const std::string& bytes) {
  const auto asked = decode_description_request(bytes);
  if (!asked) return;
  send(asker, answer_atom::value,
       to_bytes(passed_answer{asked->number, asked->attempt, services_.catalogue}));
}

void link_actor::hear_answer(const std::string& bytes) {
  auto answer = decode_answer(bytes);
  if (!answer) return;
  passed_.on_answer(answer->number, answer->attempt, std::move(answer->value), now());
  flush();
}

void link_actor::ask(const passing_output::ask& what) {
  const auto& [whom, request, reply] = waiting_.at(what.question);
  const bool of_agent = std::holds_alternative<runtime::agent_address>(whom);
  if (what.at != self_.session) {
    const auto& far = far_.at(what.at).actor;
    if (of_agent) {
      send(far, describe_atom::value, to_bytes(description_request{what.question, what.attempt}));
    } else {
      send(far, ask_atom::value, to_bytes(passed_query{what.question, what.attempt, request}));
    }
    return;
  }
  auto hear = [self = caf::actor_cast<caf::actor>(this), number = what.question,
               attempt = what.attempt](runtime::expected<runtime::payload> value) {
    caf::anon_send(self, passed_answer{number, attempt, std::move(value)});
  };
  if (of_agent) return hear(services_.catalogue);
  services_.ask_here(request, std::move(hear));
}

void link_actor::flush() {
  auto out = passed_.take_output();
  for (const auto& to : out.dials) connect(to);
  for (const auto& one : out.asks) ask(one);
  for (auto& one : out.answers) {
    if (auto found = waiting_.extract(one.question)) found.mapped().reply(std::move(one.value));
  }
  const auto next = passed_.next_wake();
  if (next.us == 0 || !wake_ups_.want(next)) return;
  delayed_send(this, std::chrono::microseconds(std::max<std::int64_t>((next - now()).us, 0)),
               tick_atom::value);
}

void link_entry::pass(question_to_pass what) {
  what.reply = make_reply_once(std::move(what.reply));
  const std::scoped_lock lock(mutex_);
  if (link_) caf::anon_send(link_, std::move(what));
}

void link_entry::close() {
  const std::scoped_lock lock(mutex_);
  if (link_) caf::anon_send_exit(link_, caf::exit_reason::user_shutdown);
  link_ = nullptr;
}

}  // namespace perdure::actors
