#include "actors/gateway.hpp"

#include <gmock/gmock.h>

#include "actors/catalogue_messages.hpp"
#include "tests/unit/actors/hand_clock.hpp"
#include "tests/unit/actors/memory_node.hpp"

namespace perdure::actors {
namespace {

using runtime::errc;
using runtime::partition_index;
using ::testing::HasSubstr;

/// A gateway before two partitions of namespace "team" and one of "legal", none of which answers.
class gateway_test : public ::testing::Test {
 protected:
  void SetUp() override {
    routes_.add("team", {partition_index(1), partition_index(2)});
    routes_.add("legal", {partition_index(3)});
    for (int i = 0; i < 3; ++i) inboxes_.push_back(std::make_shared<inbox>());
    options_.requests = 3;
    options_.payload_bytes = 100;
    runtime::agent_description agent{"test.Agent", "", {}};
    agent.operations = {{"Work", runtime::operation_kind::workflow, {}, {}, {}},
                        {"Add", runtime::operation_kind::function, {}, {}, {}},
                        {"Approve", runtime::operation_kind::signal, {}, {}, {}},
                        {"Shown", runtime::operation_kind::query, {}, {}, {}}};
    agents_ = {agent};
    make_gateway();
  }
  void make_gateway() {
    auto boxes = inboxes_;
    boxes.insert(boxes.begin(), nullptr);
    auto own = std::make_shared<runtime::agent_catalogue>();
    own->agents = agents_;
    gateway_ = std::make_unique<gateway>(routes_, boxes, own, random_, clock_, options_);
  }

  void TearDown() override {
    for (const auto& box : inboxes_) box->unbind();
  }

  runtime::start_request request() const {
    runtime::start_request made;
    made.name_space = "team";
    made.agent = "test.Agent";
    made.operation = "Work";
    made.workflow_id = "one";
    return made;
  }
  /// The error of an answer that came at once; nullopt: the request waits in an inbox.
  template <class T, class Ask>
  std::optional<runtime::error> refusal(const Ask& ask) {
    auto got = std::make_shared<std::optional<runtime::expected<T>>>();
    ask([got](runtime::expected<T> answer) { *got = std::move(answer); });
    if (!*got) return std::nullopt;
    EXPECT_FALSE((*got)->has_value());
    return (*got)->error();
  }
  std::optional<runtime::error> start(runtime::start_request what) {
    return refusal<runtime::start_reply>(
        [&](auto reply) { gateway_->start(std::move(what), std::move(reply)); });
  }
  std::optional<runtime::error> signal(std::string body) {
    return refusal<runtime::start_reply>([&](auto reply) {
      gateway_->signal({{"team", "one", {}}, "word", {}, runtime::payload(std::move(body))},
                       std::move(reply));
    });
  }
  std::optional<runtime::error> terminate() {
    return refusal<runtime::start_reply>([&](auto reply) {
      gateway_->control({{"team", "one", {}}, runtime::control_verb::terminate, {}, {}},
                        std::move(reply));
    });
  }
  std::size_t waiting(std::size_t partition) {
    inbox_content content;
    inboxes_[partition - 1]->take(content);
    return content.calls.size();
  }

  runtime::routes routes_;
  std::vector<std::shared_ptr<inbox>> inboxes_;
  std::vector<runtime::agent_description> agents_;
  gateway_options options_;
  counting_random random_;
  hand_clock clock_;
  std::unique_ptr<gateway> gateway_;
};

TEST_F(gateway_test, a_request_waits_in_the_inbox_of_its_partition) {
  EXPECT_FALSE(start(request()));
  const auto place = routes_.find("team", "one").partition;
  EXPECT_EQ(waiting(place.value), 1u);
  EXPECT_EQ(waiting(3 - place.value), 0u);
}

TEST_F(gateway_test, what_does_not_exist_is_not_found_by_name) {
  auto wrong = request();
  wrong.name_space = "nobody";
  EXPECT_EQ(start(wrong)->code, errc::not_found);
  EXPECT_THAT(start(wrong)->message, HasSubstr("nobody"));
  wrong = request();
  wrong.agent = "other.Agent";
  EXPECT_EQ(start(wrong)->code, errc::not_found);
  EXPECT_THAT(start(wrong)->message, HasSubstr("other.Agent"));
  wrong = request();
  wrong.operation = "Play";
  EXPECT_EQ(start(wrong)->code, errc::not_found);
  EXPECT_THAT(start(wrong)->message, HasSubstr("Play"));
}

TEST_F(gateway_test, an_agent_that_another_node_has_for_the_namespace_is_started) {
  options_.cluster.status = [] {
    runtime::cluster_status status;
    status.nodes = {
        {"node-2", "", "present", 1, 0, {{"team", "z.Agent", "b"}, {"team", "a.Agent", "b"}}},
        {"node-1", "", "present", 1, 0, {{"legal", "a.Agent", "b"}}}};
    return status;
  };
  options_.cluster.hosting = [](const runtime::agent_address& agent) {
    const bool has_it = agent.name_space == "team" && agent.agent == "z.Agent";
    return has_it ? std::vector{agent_peer{{runtime::session_id(2), "node-2", {}}, "b"}}
                  : std::vector<agent_peer>();
  };
  make_gateway();
  EXPECT_THAT(*gateway_->agent_hosts(),
              ::testing::ElementsAre(runtime::agent_host{"legal", "a.Agent", "node-1", "b"},
                                     runtime::agent_host{"team", "a.Agent", "node-2", "b"},
                                     runtime::agent_host{"team", "z.Agent", "node-2", "b"}));
  auto other = request();
  other.agent = "z.Agent";
  other.operation = "whatever it has";
  EXPECT_FALSE(start(other));
  other.name_space = "legal";
  EXPECT_EQ(start(other)->code, errc::not_found) << "nobody has it for that namespace";
}

TEST_F(gateway_test, knows_whether_it_has_every_agent_of_a_namespace) {
  EXPECT_TRUE(gateway_->has_all_agents("team")) << "there are no others";
  options_.cluster.all_agents = [](std::string_view name_space, const auto& is_known) {
    return is_known("test.Agent") && (name_space == "team" || is_known("z.Agent"));
  };
  make_gateway();
  EXPECT_TRUE(gateway_->has_all_agents("team"));
  EXPECT_FALSE(gateway_->has_all_agents("legal"));
}

TEST_F(gateway_test, what_its_own_agents_take_it_asks_nobody) {
  options_.cluster.hosting = [](const auto&) {
    return std::vector{agent_peer{{runtime::session_id(2), "node-2", "at-2:1"}, "b"}};
  };
  options_.ask_catalogue = [](const auto&, const auto&) { FAIL() << "it knows"; };
  make_gateway();
  catalogue_pointer told;
  gateway_->catalogue({"team", "test.Agent"}, [&told](auto answer) { told = *answer; });
  ASSERT_TRUE(told);
  EXPECT_NE(told->find("test.Agent", "Work"), nullptr);
}

TEST_F(gateway_test, what_agents_of_other_teams_take_is_not_asked) {
  options_.cluster.hosting = [](const auto&) {
    return std::vector{agent_peer{{runtime::session_id(2), "node-2", "at-2:1"}, "b"}};
  };
  std::vector<runtime::agent_address> asked;
  options_.ask_catalogue = [&asked](const auto& agent, const auto&) { asked.push_back(agent); };
  make_gateway();
  const auto refused = refusal<catalogue_pointer>(
      [&](auto reply) { gateway_->catalogue({"far team", "z.Agent"}, std::move(reply)); });
  EXPECT_EQ(refused->code, errc::not_found);
  catalogue_pointer own;
  gateway_->catalogue({"far team", "test.Agent"}, [&own](auto told) { own = *told; });
  EXPECT_TRUE(own) << "the one of that name which it has says as much";
  EXPECT_FALSE(refusal<catalogue_pointer>(
      [&](auto reply) { gateway_->catalogue({"team", "z.Agent"}, std::move(reply)); }));
  EXPECT_THAT(asked, ::testing::ElementsAre(runtime::agent_address{"team", "z.Agent"}));
}

TEST_F(gateway_test, an_agent_that_has_gone_may_come_back) {
  std::vector hosts{agent_peer{{runtime::session_id(2), "node-2", "at-2:1"}, "b"}};
  options_.cluster.hosting = [&hosts](const auto&) { return hosts; };
  options_.ask_catalogue = [](const auto& agent, const auto& reply) {
    runtime::agent_catalogue told;
    told.agents = {{agent.agent, "b", {}}};
    reply(runtime::payload(to_bytes(told, runtime::session_id(2))));
  };
  options_.cluster.all_agents = [&hosts](std::string_view, const auto& is_known) {
    return hosts.empty() || is_known("z.Agent");
  };
  make_gateway();
  gateway_->catalogue({"team", "z.Agent"}, [](const auto& told) { EXPECT_TRUE(told); });
  hosts.clear();
  EXPECT_FALSE(gateway_->has_all_agents("team")) << "runs of it may be there";
  EXPECT_TRUE(gateway_->has_all_agents("legal"));
  auto other = request();
  other.agent = "z.Agent";
  EXPECT_EQ(start(other)->code, errc::unavailable);
  other.agent = "y.Agent";
  EXPECT_EQ(start(other)->code, errc::not_found) << "nobody ever had it";
}

TEST_F(gateway_test, queries_are_passed_with_the_partition_that_they_are_for) {
  std::vector<partition_index> passed;
  options_.pass_query = [&passed](const auto& asked, auto partition, const auto&) {
    EXPECT_EQ(asked.name, "Shown");
    passed.push_back(partition);
  };
  make_gateway();
  const auto query = [this](runtime::workflow_address of, std::string input) {
    return refusal<runtime::payload>([&](auto reply) {
      gateway_->query({of, "Shown", runtime::payload(std::move(input))}, std::move(reply));
    });
  };
  EXPECT_FALSE(query({"team", "one", {}}, ""));
  EXPECT_FALSE(query({"team", {}, "team~1~2~3"}, ""));
  EXPECT_THAT(passed,
              ::testing::ElementsAre(routes_.find("team", "one").partition, partition_index(2)));
  EXPECT_EQ(query({"nobody", "one", {}}, "")->code, errc::not_found);
  EXPECT_EQ(query({"team", "one", {}}, std::string(101, 'x'))->code, errc::too_large);
  for (std::size_t partition = 1; partition <= 3; ++partition) EXPECT_EQ(waiting(partition), 0u);
}

TEST_F(gateway_test, only_workflows_and_functions_are_started) {
  auto other = request();
  other.operation = "Add";
  EXPECT_FALSE(start(other));
  for (const auto* operation : {"Approve", "Shown"}) {
    other.operation = operation;
    EXPECT_EQ(start(other)->code, errc::invalid_argument);
  }
}

TEST_F(gateway_test, rule_7_6_what_is_over_a_limit_is_refused_with_the_limit) {
  auto large = request();
  large.workflow_id.assign(256, 'x');
  EXPECT_FALSE(start(large));
  large.workflow_id.assign(257, 'x');
  EXPECT_EQ(start(large)->code, errc::too_large);
  EXPECT_THAT(start(large)->message, HasSubstr("256"));
  large = request();
  large.request_key.assign(257, 'k');
  EXPECT_EQ(start(large)->code, errc::too_large);
  large = request();
  large.input = payload(std::string(100, 'i'));
  EXPECT_FALSE(start(large));
  large.input = payload(std::string(101, 'i'));
  EXPECT_EQ(start(large)->code, errc::too_large);
  EXPECT_THAT(start(large)->message, HasSubstr("100"));
}

TEST_F(gateway_test, times_must_not_be_negative) {
  auto odd = request();
  odd.delay = runtime::seconds(-1);
  EXPECT_EQ(start(odd)->code, errc::invalid_argument);
  odd = request();
  odd.timeout = runtime::seconds(-1);
  EXPECT_EQ(start(odd)->code, errc::invalid_argument);
}

TEST_F(gateway_test, times_that_no_clock_will_ever_show_are_refused) {
  auto odd = request();
  odd.delay = {INT64_MAX};
  EXPECT_EQ(start(odd)->code, errc::invalid_argument);
  odd = request();
  odd.timeout = {INT64_MAX};
  EXPECT_EQ(start(odd)->code, errc::invalid_argument);
}

TEST_F(gateway_test, an_id_policy_that_does_not_exist_is_refused) {
  auto odd = request();
  odd.policy = static_cast<runtime::id_policy>(0);
  EXPECT_EQ(start(odd)->code, errc::invalid_argument);
  odd.policy = static_cast<runtime::id_policy>(17);
  EXPECT_EQ(start(odd)->code, errc::invalid_argument);
}

TEST_F(gateway_test, rule_3_5_load_is_refused_at_the_edge_and_counted_per_partition) {
  const auto full = routes_.find("team", "one").partition;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(start(request()));
  EXPECT_EQ(start(request())->code, errc::overloaded);
  auto other = request();
  for (int i = 0; routes_.find("team", other.workflow_id).partition == full; ++i)
    other.workflow_id = std::to_string(i);
  EXPECT_FALSE(start(other));
}

TEST_F(gateway_test, rule_3_5_a_partition_that_is_behind_its_log_takes_no_new_work) {
  options_.max_apply_lag = 2;
  make_gateway();
  const auto& behind = inboxes_[routes_.find("team", "one").partition.value - 1];
  behind->load->unapplied = 2;
  EXPECT_FALSE(start(request()));
  behind->load->unapplied = 3;
  const auto why = start(request());
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, errc::overloaded);
  EXPECT_THAT(why->message, HasSubstr("3 records behind"));
  EXPECT_EQ(signal("x")->code, errc::overloaded);
  EXPECT_FALSE(terminate()) << "what is there can be moved";
  behind->load->unapplied = 0;
  EXPECT_FALSE(signal("x"));
}

TEST_F(gateway_test, rule_3_5_bytes_in_flight_are_counted_until_they_are_answered) {
  options_.max_bytes_in_flight = 150;
  make_gateway();
  EXPECT_FALSE(signal(std::string(100, 'x')));
  EXPECT_EQ(signal(std::string(51, 'x'))->code, errc::overloaded);
  auto other = request();
  other.input = runtime::payload(std::string(51, 'x'));
  EXPECT_EQ(start(other)->code, errc::overloaded);
  EXPECT_FALSE(signal(std::string(50, 'x')));
  for (std::size_t partition = 1; partition <= 2; ++partition) waiting(partition);  // let go
  EXPECT_FALSE(signal(std::string(100, 'x')));
}

TEST_F(gateway_test, rule_3_5_without_free_disk_space_there_is_no_new_work) {
  std::uint64_t free = 1'000;
  options_.min_free_disk = 1'000;
  options_.free_disk = [&free] { return free; };
  make_gateway();
  EXPECT_FALSE(start(request()));
  free = 999;
  const auto why = start(request());
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, errc::overloaded);
  EXPECT_THAT(why->message, HasSubstr("999 bytes free"));
  EXPECT_EQ(signal("x")->code, errc::overloaded);
  EXPECT_FALSE(terminate());
}

TEST_F(gateway_test, whoever_is_let_go_without_an_answer_hears_that_there_is_none) {
  for (int i = 0; i < 3; ++i) {
    auto got = std::make_shared<std::optional<runtime::expected<runtime::start_reply>>>();
    gateway_->start(request(), [got](auto answer) { *got = std::move(answer); });
    EXPECT_EQ(waiting(routes_.find("team", "one").partition.value), 1u);  // and taken: let go of
    ASSERT_TRUE(got->has_value());
    EXPECT_EQ((*got)->error().code, errc::unavailable);
  }
  EXPECT_FALSE(start(request())) << "and does not count any more";
}

TEST_F(gateway_test, signals_and_controls_are_checked_too) {
  const auto signal = [&](runtime::signal_request what) {
    return refusal<runtime::start_reply>(
        [&](auto reply) { gateway_->signal(std::move(what), std::move(reply)); });
  };
  const runtime::workflow_address target{"team", "one", {}};
  EXPECT_FALSE(signal({target, "approve", {}, {}}));
  EXPECT_EQ(signal({target, "", {}, {}})->code, errc::invalid_argument);
  EXPECT_THAT(signal({target, "", {}, {}})->message, HasSubstr("give it, 1 to 256 bytes"));
  EXPECT_EQ(signal({target, std::string(257, 'n'), {}, {}})->code, errc::too_large);
  EXPECT_EQ(signal({target, "n", {}, payload(std::string(101, 'b'))})->code, errc::too_large);
  EXPECT_EQ(signal({{"team", "", ""}, "n", {}, {}})->code, errc::invalid_argument);
  const auto control = [&](runtime::control_request what) {
    return refusal<runtime::start_reply>(
        [&](auto reply) { gateway_->control(std::move(what), std::move(reply)); });
  };
  EXPECT_FALSE(control({target, runtime::control_verb::pause, {}, {}}));
  EXPECT_EQ(control({target, runtime::control_verb::pause, {}, std::string(4'097, 'r')})->code,
            errc::too_large);
  EXPECT_EQ(control({target, static_cast<runtime::control_verb>(9), {}, {}})->code,
            errc::invalid_argument);
}

TEST_F(gateway_test, a_run_id_names_its_partition) {
  const auto describe = [&](std::string name_space, std::string run_id) {
    return refusal<runtime::run_details>([&](auto reply) {
      gateway_->describe({std::move(name_space), {}, std::move(run_id)}, std::move(reply));
    });
  };
  EXPECT_FALSE(describe("team", "team~1~ab~12"));
  EXPECT_EQ(waiting(2), 1u) << "number 1 in the namespace is its second partition";
  EXPECT_FALSE(describe("legal", "legal~0~ab~12"));
  EXPECT_EQ(waiting(3), 1u);
  for (const auto* wrong : {"", "~", "team", "team~", "team~2~ab~1", "team~-1~ab~1",
                            "team~99999999999999999999~ab~1", "team~x~ab~1"}) {
    EXPECT_EQ(describe("team", wrong)->code, errc::invalid_argument) << wrong;
    EXPECT_THAT(describe("team", wrong)->message,
                HasSubstr(fmt::format("'{}' is no run id of this installation: give", wrong)));
  }
}

TEST_F(gateway_test, a_page_that_nobody_gave_out_is_refused) {
  const auto list = [&](std::string page, std::size_t limit = 10) {
    runtime::list_request what;
    what.name_space = "team";
    what.page = std::move(page);
    what.limit = limit;
    return refusal<runtime::list_reply>(
        [&](auto reply) { gateway_->list(std::move(what), std::move(reply)); });
  };
  EXPECT_FALSE(list(""));
  EXPECT_FALSE(list("1:12.0"));
  EXPECT_FALSE(list("0:12.3"));
  for (const auto* wrong : {"2:0.0", "x", "0:", "0:1", "0:1.", "0:1.2.3", "0:1.2 ", "-1:1.0",
                            ":1.0", "99999999999999999999:1.0", "0:99999999999999999999.0"}) {
    EXPECT_EQ(list(wrong)->code, errc::invalid_argument) << wrong;
  }
  EXPECT_EQ(list("", 0)->code, errc::invalid_argument);
  EXPECT_EQ(list("", 1'001)->code, errc::invalid_argument);
}

TEST_F(gateway_test, long_waits_for_results_have_a_limit_of_their_own) {
  const auto result = [&] {
    return refusal<runtime::run_result>([&](auto reply) {
      gateway_->result({"team", "one", {}}, runtime::seconds(60), std::move(reply));
    });
  };
  options_.waits = 2;
  make_gateway();
  EXPECT_FALSE(result());
  EXPECT_FALSE(result());
  EXPECT_EQ(result()->code, errc::overloaded);
}

}  // namespace
}  // namespace perdure::actors
