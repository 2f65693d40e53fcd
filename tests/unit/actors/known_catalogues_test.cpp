#include "actors/known_catalogues.hpp"

#include <gmock/gmock.h>

#include "actors/catalogue_messages.hpp"
#include "tests/unit/actors/hand_clock.hpp"

namespace perdure::actors {
namespace {

using runtime::agent_address;
using runtime::errc;
using runtime::operation_kind;
using runtime::seconds;
using runtime::session_id;
using ::testing::HasSubstr;

const agent_address clerk{"court", "clerk"}, judge{"court", "judge"};

/// Hosts and their answers are the test's to say.
class known_catalogues_test : public ::testing::Test {
 protected:
  using answer = runtime::expected<catalogue_pointer>;

  static agent_peer at(std::uint64_t session, std::string build = "b") {
    return {{session_id(session), "node-" + std::to_string(session), "somewhere:1"},
            std::move(build)};
  }
  /// Of a node that has both agents; the clerk's operation is named after the session.
  static runtime::payload told_by(std::uint64_t session) {
    runtime::agent_catalogue one;
    one.agents = {
        {"clerk", "b", {{"File" + std::to_string(session), operation_kind::workflow, "", "", ""}}},
        {"judge", "b", {}}};
    return runtime::payload(to_bytes(one, session_id(session)));
  }

  known_catalogues& known() {
    if (!known_) known_ = std::make_shared<known_catalogues>(services_);
    return *known_;
  }
  std::shared_ptr<std::optional<answer>> find(const agent_address& agent) {
    auto told = std::make_shared<std::optional<answer>>();
    known().find(agent, [told](answer what) { *told = std::move(what); });
    return told;
  }
  /// What is known at once, without asking: the clerk's operation, or the error.
  std::string found(const agent_address& agent) {
    const auto told = find(agent);
    if (!*told) return "asked";
    if (!**told) return std::string(runtime::name((*told)->error().code));
    return (**told)->get()->find("clerk")->operations.at(0).name;
  }
  void answer_all(const runtime::expected<runtime::payload>& with) {
    for (const auto& [agent, reply] : std::exchange(asked_, {})) reply(with);
  }

  std::map<agent_address, std::vector<agent_peer>> hosts_;
  std::vector<std::pair<agent_address, runtime::reply_to<runtime::payload>>> asked_;
  hand_clock clock_;
  known_catalogues::services services_{
      clock_, [this](const auto& agent) { return hosts_[agent]; },
      [this](auto agent, auto reply) { asked_.emplace_back(std::move(agent), std::move(reply)); }};
  std::shared_ptr<known_catalogues> known_;
};

TEST_F(known_catalogues_test, a_node_is_asked_once_for_all_who_want_to_know) {
  hosts_[clerk] = {at(1), at(2)};
  const auto first = find(clerk), second = find(clerk);
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0].first, clerk);
  EXPECT_FALSE(*first);
  answer_all(told_by(2));
  ASSERT_TRUE(*first && **first && *second && **second);
  EXPECT_EQ(found(clerk), "File2");
  EXPECT_NE(known().last_told(clerk), nullptr);
}

TEST_F(known_catalogues_test, one_answer_holds_all_agents_of_the_node) {
  hosts_[clerk] = hosts_[judge] = {at(1)};
  find(clerk);
  answer_all(told_by(1));
  EXPECT_EQ(found(judge), "File1");
  hosts_.erase(judge);
  EXPECT_EQ(found(judge), "File1") << "and is remembered for each";
}

TEST_F(known_catalogues_test, when_that_session_has_it_no_more_another_is_asked) {
  hosts_[clerk] = {at(1)};
  find(clerk);
  answer_all(told_by(1));
  hosts_[clerk] = {at(3)};
  EXPECT_EQ(found(clerk), "asked");
  EXPECT_NE(known().last_told(clerk), nullptr) << "for showing values the last word holds";
  answer_all(told_by(3));
  EXPECT_EQ(found(clerk), "File3");
}

TEST_F(known_catalogues_test, what_nobody_has_any_more_is_known_from_before) {
  hosts_[clerk] = {at(1)};
  find(clerk);
  answer_all(told_by(1));
  hosts_.clear();
  EXPECT_EQ(found(clerk), "File1");
  EXPECT_EQ(found(judge), "not_found");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(known_catalogues_test, where_nobody_answers_nobody_waits_again_for_a_while) {
  hosts_[clerk] = {at(1)};
  const auto first = find(clerk);
  answer_all(runtime::fail(errc::unavailable, "agent 'clerk' is node 'node-1''s"));
  ASSERT_TRUE(*first);
  EXPECT_EQ((*first)->error().code, errc::unavailable);
  EXPECT_EQ(found(clerk), "unavailable");
  EXPECT_TRUE(asked_.empty());
  clock_.pass(seconds(10));
  EXPECT_EQ(found(clerk), "asked");
  answer_all(told_by(1));
  EXPECT_EQ(found(clerk), "File1");
}

TEST_F(known_catalogues_test, who_was_not_asked_yet_is_asked_though_others_were_silent) {
  hosts_[clerk] = {at(1)};
  find(clerk);
  answer_all(runtime::fail(errc::unavailable, "silent"));
  EXPECT_EQ(found(clerk), "unavailable");
  hosts_[clerk] = {at(1), at(2)};
  EXPECT_EQ(found(clerk), "asked");
  answer_all(runtime::fail(errc::unavailable, "silent"));
  hosts_[clerk] = {at(1)};
  EXPECT_EQ(found(clerk), "unavailable") << "of those who were silent one has gone";
  hosts_[clerk] = {at(3)};
  EXPECT_EQ(found(clerk), "asked");
  answer_all(told_by(3));
  EXPECT_EQ(found(clerk), "File3");
}

TEST_F(known_catalogues_test, who_went_away_and_is_back_is_asked_at_once) {
  hosts_[clerk] = {at(1)};
  find(clerk);
  hosts_.clear();  // it stood still so long that it was gone
  answer_all(runtime::fail(errc::unavailable, "nobody has it at this moment"));
  hosts_[clerk] = {at(1)};
  EXPECT_EQ(found(clerk), "asked");
  answer_all(runtime::fail(errc::unavailable, "silent"));
  EXPECT_EQ(found(clerk), "unavailable");
  hosts_.clear();
  EXPECT_EQ(found(clerk), "not_found");
  hosts_[clerk] = {at(1)};
  EXPECT_EQ(found(clerk), "asked");
  answer_all(told_by(1));
  EXPECT_EQ(found(clerk), "File1");
}

TEST_F(known_catalogues_test, where_nobody_answers_a_build_takes_what_it_took) {
  hosts_[clerk] = {at(1)};
  find(clerk);
  answer_all(told_by(1));
  hosts_[clerk] = {at(2)};  // the same program, started again
  const auto waits = find(clerk);
  answer_all(runtime::fail(errc::unavailable, "it is still reading its log"));
  ASSERT_TRUE(*waits && **waits);
  EXPECT_EQ(found(clerk), "File1");
  hosts_[clerk] = {at(3, "another build")};
  EXPECT_EQ(found(clerk), "asked");
  answer_all(runtime::fail(errc::unavailable, "silent"));
  EXPECT_EQ(found(clerk), "unavailable") << "what another build takes is not known";
}

TEST_F(known_catalogues_test, too_many_who_wait_are_refused_and_that_silences_nobody) {
  services_.waiting = 2;
  hosts_[clerk] = hosts_[judge] = {at(1)};
  find(clerk);
  find(judge);
  EXPECT_EQ(found(clerk), "overloaded");
  answer_all(runtime::fail(errc::overloaded, "so many questions"));
  EXPECT_EQ(found(clerk), "asked");
  answer_all(told_by(1));
  EXPECT_EQ(found(clerk), "File1");
}

TEST_F(known_catalogues_test, an_answer_of_no_use_is_none) {
  hosts_[clerk] = {at(1)};
  const auto first = find(clerk);
  answer_all(runtime::payload(std::string("\xff")));
  EXPECT_THAT((*first)->error().message, HasSubstr("no catalogue"));
  EXPECT_EQ((*first)->error().code, errc::unavailable);
  clock_.pass(seconds(10));
  hosts_.clear();
  hosts_[{"court", "other"}] = {at(2)};
  const auto second = find({"court", "other"});
  answer_all(told_by(2));
  EXPECT_THAT((*second)->error().message, HasSubstr("nothing of it"));
}

TEST_F(known_catalogues_test, a_node_without_a_link_says_why_it_knows_nothing) {
  services_.ask = nullptr;
  hosts_[clerk] = {at(1)};
  const auto told = find(clerk);
  ASSERT_TRUE(*told);
  EXPECT_EQ((*told)->error().code, errc::unavailable);
  EXPECT_THAT((*told)->error().message, HasSubstr("has no link to"));
  services_.hosting = nullptr;
  known_.reset();
  EXPECT_EQ(found(clerk), "not_found") << "and one that is no member knows of nobody";
}

}  // namespace
}  // namespace perdure::actors
