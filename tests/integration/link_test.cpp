// Links between nodes over real sockets: two and more actor systems in one process, each with what
// a node's link has, and no node around it (docs/adr/0013-links-between-nodes.md).

#include "actors/link.hpp"

#include <atomic>
#include <mutex>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "actors/link_middleman.hpp"
#include "actors/scheduler.hpp"
#include "tests/world/blocking_client.hpp"
#include "transport/system_clock.hpp"
#include "transport/tcp_dialer.hpp"
#include "transport/tcp_sockets.hpp"

namespace perdure::testing {
namespace {

using actors::peer;
using runtime::errc;
using runtime::expected;
using runtime::partition_index;
using runtime::payload;
using runtime::session_id;
using ::testing::HasSubstr;

/// Whose the partitions are: what nodes know by their logs.
class ownership {
 public:
  void give(partition_index partition, peer to) {
    const std::scoped_lock lock(mutex_);
    owners_[partition] = std::move(to);
  }
  peer of(partition_index partition) const {
    const std::scoped_lock lock(mutex_);
    const auto found = owners_.find(partition);
    return found == owners_.end() ? peer{} : found->second;
  }
  void give(const std::string& agent, const std::vector<peer>& to) {
    const std::scoped_lock lock(mutex_);
    hosts_[agent].clear();
    for (const auto& one : to) hosts_[agent].push_back({one, "a build"});
  }
  std::vector<actors::agent_peer> with(const std::string& agent) const {
    const std::scoped_lock lock(mutex_);
    const auto found = hosts_.find(agent);
    return found == hosts_.end() ? std::vector<actors::agent_peer>() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<partition_index, peer> owners_;
  std::map<std::string, std::vector<actors::agent_peer>> hosts_;
};

/// An actor system with a link, or with another actor in its place.
class linked_node {
 public:
  struct how {
    std::string installation = "perdure test.";
    std::uint16_t port = 0;
    runtime::duration patience = runtime::seconds(30);
    std::function<caf::behavior(caf::event_based_actor*)> in_its_place = {};
  };

  linked_node(const ownership& owners, std::uint64_t session, how made)
      : session_(session), name_(fmt::format("node-{}", session)) {
    auto listener = transport::listen_at({"127.0.0.1", made.port});
    if (!listener) throw std::runtime_error(listener.error().message);
    port = listener->port;
    config_.load<actors::scheduler>();
    config_.set("scheduler.max-threads", std::size_t{2});
    config_.set("logger.verbosity", caf::atom("quiet"));
    actors::load_middleman(config_, {made.installation, std::to_string(session)});
    system_ = std::make_unique<caf::actor_system>(config_);
    auto linked =
        made.in_its_place ? system_->spawn(made.in_its_place) : spawn_link(owners, made.patience);
    actors::publish_actor(*system_, *listener->socket, linked);
    entry_ = std::make_unique<actors::link_entry>(std::move(linked));
  }
  linked_node(const ownership& owners, std::uint64_t session)
      : linked_node(owners, session, how{}) {}
  ~linked_node() { stop(); }

  void stop() {
    entry_->close();
    dialer_.stop();
    system_.reset();
  }
  peer as_owner() const {
    return {session_, name_, transport::host_port{"127.0.0.1", port}.text()};
  }
  void ask(partition_index partition, std::string what, runtime::reply_to<payload> reply) {
    entry_->pass({partition,
                  {{"team", "a workflow", {}}, std::move(what), payload("input")},
                  std::move(reply)});
  }
  /// What a node says of its agents that has that one.
  expected<payload> catalogue(const std::string& agent) {
    return blocking_client::ask<payload>([&](auto reply) {
      entry_->pass({runtime::agent_address{"team", agent}, {}, std::move(reply)});
    });
  }
  /// The answer, or "code: text".
  std::string ask(partition_index partition, const std::string& what) {
    const auto answer =
        blocking_client::ask<payload>([&](auto reply) { ask(partition, what, std::move(reply)); });
    if (answer) return std::string(answer->view());
    return fmt::format("{}: {}", runtime::name(answer.error().code), answer.error().message);
  }
  /// Asks until it is told that: how soon a link is made or refused is the machine's to say.
  std::string ask_until_told(std::string_view text, partition_index partition,
                             const std::string& what) {
    const auto until = clock_.monotonic() + runtime::seconds(60);
    std::string told;
    while (!told.contains(text) && clock_.monotonic() < until) told = ask(partition, what);
    return told;
  }

  std::uint16_t port = 0;
  std::atomic<int> asked = 0;
  std::atomic<bool> holds = false;  ///< what it is asked: it answers none of it
  std::atomic<bool> owns = true;    ///< by its own word

 private:
  caf::actor spawn_link(const ownership& owners, runtime::duration patience) {
    actors::link_services services{
        clock_,
        dialer_,
        [&owners](auto partition) { return owners.of(partition); },
        [&owners](const auto& agent) { return owners.with(agent.agent); },
        [this](runtime::query_request request, runtime::reply_to<payload> reply) {
          answer(request, std::move(reply));
        },
        payload("the catalogue of " + name_),
        [](runtime::log_line::level, const std::string&) {}};
    return system_->spawn<actors::link_actor>(
        std::move(services), name_,
        actors::passed_questions_options{
            .self = session_, .patience = patience, .patience_with_agents = patience});
  }
  void answer(const runtime::query_request& request, runtime::reply_to<payload> reply) {
    ++asked;
    if (holds) {
      const std::scoped_lock lock(mutex_);
      return held_.push_back(std::move(reply));
    }
    if (!owns) return reply(runtime::fail(errc::unavailable, "another node's"));
    if (request.name == "parked") return reply(runtime::fail(errc::failed_state, "it is parked"));
    reply(payload(fmt::format("{}: {} {}", name_, request.name, request.input.view())));
  }

  const session_id session_;
  const std::string name_;
  transport::system_clock clock_;
  transport::tcp_dialer dialer_;
  std::mutex mutex_;
  std::vector<runtime::reply_to<payload>> held_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<actors::link_entry> entry_;
};

class links : public ::testing::Test {
 protected:
  static constexpr partition_index mine{1}, yours{2};
  ownership owners_;
};

TEST_F(links, a_query_is_answered_by_whoever_owns_the_partition) {
  linked_node a(owners_, 1), b(owners_, 2);
  owners_.give(mine, a.as_owner());
  owners_.give(yours, b.as_owner());
  EXPECT_EQ(a.ask(mine, "show"), "node-1: show input");
  EXPECT_EQ(a.ask(yours, "show"), "node-2: show input");
  EXPECT_EQ(b.ask(mine, "show"), "node-1: show input");
  EXPECT_EQ(a.ask(yours, "parked"), "failed_state: it is parked");
}

TEST_F(links, hundreds_that_cross_on_links_that_are_just_being_made_are_all_answered) {
  linked_node a(owners_, 1), b(owners_, 2), c(owners_, 3);
  owners_.give(partition_index(1), a.as_owner());
  owners_.give(partition_index(2), b.as_owner());
  owners_.give(partition_index(3), c.as_owner());
  constexpr int each = 300;
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < each; ++i) {
    for (auto* node : {&a, &b, &c}) {
      auto told = std::make_shared<std::promise<std::string>>();
      answers.push_back(told->get_future());
      node->ask(partition_index(static_cast<std::uint32_t>(1 + i % 3)), "show",
                [told](const expected<payload>& answer) {
                  told->set_value(answer ? std::string(answer->view()) : answer.error().message);
                });
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i].get(), fmt::format("node-{}: show input", 1 + i / 3 % 3));
}

TEST_F(links, when_a_node_ends_its_successor_is_asked) {
  linked_node a(owners_, 1), c(owners_, 3);
  linked_node b(owners_, 2);
  owners_.give(yours, b.as_owner());
  EXPECT_EQ(a.ask(yours, "show"), "node-2: show input");
  b.holds = true;
  auto told = std::make_shared<std::promise<std::string>>();
  auto waits = told->get_future();
  a.ask(yours, "show", [told](const auto& answer) {
    told->set_value(answer ? std::string(answer->view()) : answer.error().message);
  });
  while (b.asked < 2) std::this_thread::yield();
  b.stop();
  owners_.give(yours, c.as_owner());
  EXPECT_EQ(waits.get(), "node-3: show input");
}

TEST_F(links, a_partition_that_moves_while_its_old_owner_hangs_is_asked_for_at_the_new_one) {
  linked_node a(owners_, 1), b(owners_, 2), c(owners_, 3);
  owners_.give(yours, b.as_owner());
  b.holds = true;
  auto told = std::make_shared<std::promise<std::string>>();
  auto waits = told->get_future();
  a.ask(yours, "show", [told](const auto& answer) {
    told->set_value(answer ? std::string(answer->view()) : answer.error().message);
  });
  while (b.asked < 1) std::this_thread::yield();
  owners_.give(yours, c.as_owner());
  EXPECT_EQ(waits.get(), "node-3: show input");
}

TEST_F(links, who_is_told_to_be_the_owner_and_is_not_yet_is_asked_until_it_is) {
  linked_node a(owners_, 1), b(owners_, 2);
  owners_.give(yours, b.as_owner());
  b.owns = false;
  auto told = std::make_shared<std::promise<std::string>>();
  auto waits = told->get_future();
  a.ask(yours, "show", [told](const auto& answer) {
    told->set_value(answer ? std::string(answer->view()) : answer.error().message);
  });
  while (b.asked < 3) std::this_thread::yield();
  b.owns = true;
  EXPECT_EQ(waits.get(), "node-2: show input");
}

TEST_F(links, a_node_that_comes_back_is_reached_again_also_at_the_same_address) {
  linked_node a(owners_, 1);
  auto b = std::make_unique<linked_node>(owners_, 2);
  owners_.give(yours, b->as_owner());
  EXPECT_EQ(a.ask(yours, "show"), "node-2: show input");
  const auto port = b->port;
  b.reset();
  linked_node again(owners_, 4, {.port = port});
  owners_.give(yours, again.as_owner());
  EXPECT_EQ(a.ask(yours, "show"), "node-4: show input");
}

TEST_F(links, another_process_at_an_address_is_not_taken_for_who_was_there) {
  linked_node a(owners_, 1, {.patience = runtime::seconds(1)});
  linked_node b(owners_, 2);
  auto gone = b.as_owner();
  gone.session = session_id(7);
  gone.node = "node-7";
  owners_.give(yours, gone);
  const auto told = a.ask_until_told("node 'node-2' answers at its address", yours, "show");
  EXPECT_THAT(told, HasSubstr("node 'node-2' answers at its address"));
  EXPECT_THAT(told, HasSubstr("unavailable: the partition is node 'node-7''s"));
  EXPECT_EQ(b.asked, 0);
}

TEST_F(links, where_nobody_listens_the_client_hears_whose_the_partition_is) {
  linked_node a(owners_, 1, {.patience = runtime::seconds(1)});
  {
    linked_node b(owners_, 2);
    owners_.give(yours, b.as_owner());
  }
  const auto told = a.ask_until_told("refused", yours, "show");
  EXPECT_THAT(told, HasSubstr("refused"));
  EXPECT_THAT(told, HasSubstr("unavailable: the partition is node 'node-2''s"));
}

TEST_F(links, who_accepts_and_says_nothing_costs_time_only) {
  linked_node a(owners_, 1, {.patience = runtime::seconds(4)});
  const auto silent = transport::listen_at({"127.0.0.1", 0});
  ASSERT_TRUE(silent);
  owners_.give(yours, {session_id(2), "node-2", fmt::format("127.0.0.1:{}", silent->port)});
  EXPECT_THAT(a.ask(yours, "show"), HasSubstr("unavailable: the partition is node 'node-2''s"));
}

TEST_F(links, nodes_of_another_installation_are_not_spoken_to) {
  linked_node a(owners_, 1, {.patience = runtime::seconds(1)});
  linked_node b(owners_, 2, {.installation = "perdure other."});
  owners_.give(yours, b.as_owner());
  EXPECT_THAT(a.ask(yours, "show"), HasSubstr("unavailable"));
  EXPECT_EQ(b.asked, 0);
}

TEST_F(links, a_build_that_speaks_otherwise_is_told_apart_by_its_first_words) {
  using hello_atom = caf::atom_constant<caf::atom("hello")>;
  using greeted_atom = caf::atom_constant<caf::atom("greeted")>;
  linked_node a(owners_, 1);
  std::atomic<int> other_words = 0;
  linked_node b(
      owners_, 2, {.in_its_place = [&other_words](caf::event_based_actor* self) {
        self->set_default_handler(
            [&other_words](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
              ++other_words;
              return caf::message{};
            });
        return caf::behavior{[self](hello_atom, const std::string&) {
          self->send(caf::actor_cast<caf::actor>(self->current_sender()), greeted_atom::value,
                     to_bytes(actors::greeting{2, "node-2", session_id(2)}));
        }};
      }});
  owners_.give(yours, b.as_owner());
  EXPECT_THAT(a.ask(yours, "show"),
              HasSubstr("node 'node-2''s, which has not answered (its build speaks version 2"));
  EXPECT_EQ(other_words, 0);
}

TEST_F(links, a_node_that_has_the_agent_says_what_it_takes) {
  linked_node a(owners_, 1), b(owners_, 2), c(owners_, 3);
  owners_.give("clerk", {b.as_owner()});
  const auto told = a.catalogue("clerk");
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->view(), "the catalogue of node-2");
  b.stop();
  owners_.give("clerk", {c.as_owner()});
  EXPECT_EQ(a.catalogue("clerk").value().view(), "the catalogue of node-3");
  owners_.give("clerk", {a.as_owner()});
  EXPECT_EQ(a.catalogue("clerk").value().view(), "the catalogue of node-1");
}

TEST_F(links, where_the_first_of_several_is_not_reached_another_one_says_it) {
  linked_node a(owners_, 1), c(owners_, 3);
  auto gone = std::make_unique<linked_node>(owners_, 2);
  const auto first = gone->as_owner();
  gone.reset();
  owners_.give("clerk", {first, c.as_owner()});
  EXPECT_EQ(a.catalogue("clerk").value().view(), "the catalogue of node-3");
}

TEST_F(links, where_nobody_says_what_an_agent_takes_the_client_hears_whose_it_is) {
  linked_node a(owners_, 1, {.patience = runtime::seconds(1)});
  {
    linked_node b(owners_, 2);
    owners_.give("clerk", {b.as_owner()});
  }
  const auto told = a.catalogue("clerk");
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, errc::unavailable);
  EXPECT_THAT(told.error().message, HasSubstr("agent 'clerk' is node 'node-2''s"));
}

TEST_F(links, who_waits_when_its_node_stops_hears_it) {
  linked_node a(owners_, 1);
  a.holds = true;
  owners_.give(mine, a.as_owner());
  auto told = std::make_shared<std::promise<std::string>>();
  auto waits = told->get_future();
  a.ask(mine, "show", [told](const auto& answer) { told->set_value(answer.error().message); });
  while (a.asked < 1) std::this_thread::yield();
  a.stop();
  EXPECT_THAT(waits.get(), HasSubstr("shutting down"));
  EXPECT_THAT(a.ask(mine, "show"), HasSubstr("shutting down"));
}

}  // namespace
}  // namespace perdure::testing
