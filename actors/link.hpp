#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <caf/all.hpp>

#include "actors/link_messages.hpp"
#include "actors/passed_questions.hpp"
#include "actors/wake_ups.hpp"
#include "runtime/client.hpp"
#include "runtime/clock.hpp"
#include "runtime/dialer.hpp"

namespace perdure::actors {

/// What a link needs. All of it outlives the link's actor.
struct link_services {
  const runtime::clock& clock;
  runtime::dialer& dialer;
  owner_function owner;      ///< any thread
  hosting_function hosting;  ///< any thread; empty: nobody is asked what agents take
  /// Asks this node's own partition, and nobody else.
  std::function<void(runtime::query_request, runtime::reply_to<runtime::payload>)> ask_here;
  runtime::payload catalogue;  ///< of this program, for those who ask
  std::function<void(runtime::log_line::level, std::string)> report;  ///< any thread
};

/// A question that waits for its answer.
struct question_to_pass {
  question_target whom;
  runtime::query_request request;  ///< for a partition; an agent's node is asked for its catalogue
  runtime::reply_to<runtime::payload> reply;
};

/// What came of a dialling.
struct dialled {
  runtime::session_id session;
  runtime::expected<runtime::shared_socket> socket;
};

/// What one node says to the others of its cluster, and hears from them
/// (docs/adr/0013-links-between-nodes.md): passes queries to whoever owns their partition, asks
/// what other nodes' agents take, answers those that others pass. A link is made when it is wanted,
/// kept, and made again; both sides say first which messages they understand. All that travels is
/// bytes. REQUIRES: `load_middleman`.
class link_actor final : public caf::event_based_actor {
 public:
  link_actor(caf::actor_config& config, link_services services, const std::string& node,
             passed_questions_options options);

 protected:
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  /// A node that is being greeted, or was.
  struct far_node {
    caf::actor actor;
    std::string name;
    bool up = false;
  };

  void pass(question_to_pass what);
  void connect(const peer& to);
  void greet(runtime::session_id session, const caf::actor& far);
  void hear_greeting(const caf::strong_actor_ptr& from, const std::string& bytes);
  void lose(const caf::actor_addr& far);
  void fail_dial(runtime::session_id session, const std::string& why);
  void fail_link(runtime::session_id session, const std::string& why);
  void serve(const caf::actor& asker, const std::string& bytes);
  void describe(const caf::actor& asker, const std::string& bytes);
  void hear_answer(const std::string& bytes);
  void flush();
  void ask(const passing_output::ask& what);
  runtime::timestamp now() const { return services_.clock.monotonic(); }

  link_services services_;
  const greeting self_;
  const passed_questions_options options_;
  passed_questions passed_;
  std::map<std::uint64_t, question_to_pass> waiting_;
  std::map<runtime::session_id, far_node> far_;
  caf::actor broker_;
  wake_ups wake_ups_;
};

/// How other threads reach a link: lets go of the actor when the node stops.
class link_entry {
 public:
  explicit link_entry(caf::actor link) : link_(std::move(link)) {}
  /// Replies once.
  void pass(question_to_pass what);
  void close();
  /// REQUIRES: not closed yet.
  const caf::actor& actor() const { return link_; }

 private:
  /// An actor that has ended lets go of a message at once, and whoever waits for its reply may ask
  /// again.
  std::recursive_mutex mutex_;
  caf::actor link_;
};

}  // namespace perdure::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(perdure::actors::question_to_pass)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(perdure::actors::passed_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(perdure::actors::dialled)
