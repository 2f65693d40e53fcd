#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/peer.hpp"
#include "runtime/error.hpp"
#include "runtime/payload.hpp"

namespace perdure::actors {

/// Whom a question is for: whoever owns that partition, or a node that has that agent.
using question_target = std::variant<runtime::partition_index, runtime::agent_address>;
/// Who can answer now, the first ones first. A partition's owner is in it also if its session is no
/// member any more.
using answerers_function = std::function<std::vector<peer>(const question_target&)>;

struct passed_questions_options {
  runtime::session_id self;  ///< this node's own
  /// How long a query may take, with all that happens to its partition meanwhile: some failovers.
  runtime::duration patience = runtime::seconds(10);
  /// How long a node may take to say what its agents take: a way there and back, and a link.
  runtime::duration patience_with_agents = runtime::seconds(3);
  runtime::duration patience_with_one = runtime::seconds(1);  ///< of several that have the agent
  runtime::duration pause = runtime::milliseconds(50);        ///< before one is asked again
  runtime::duration redial = runtime::milliseconds(200);
  /// How long a link may take to come up, and how long one is not tried that was refused.
  runtime::duration greeting = runtime::seconds(3);
  std::size_t questions = 10'000;             ///< not answered; more are refused
  std::size_t bytes = std::size_t{64} << 20;  ///< of their inputs
};

/// What is to be done about questions, in this order.
struct passing_output {
  struct ask {
    std::uint64_t question = 0;
    std::uint32_t attempt = 0;
    runtime::session_id at;  ///< this node's own: here
  };
  struct answer {
    std::uint64_t question = 0;
    runtime::expected<runtime::payload> value;
  };
  std::vector<peer> dials;  ///< to make a link to
  std::vector<ask> asks;
  std::vector<answer> answers;
};

/// Whom to ask queries whose partition may be another node's, and what other nodes' agents take,
/// and when again: over a link that is made when it is wanted. Who is asked for a partition and is
/// not its owner any more says `unavailable` (DESIGN 6.9: it looks behind a barrier of its own), so
/// what this node knows may be old: it costs time, no more. Asks again until the question's time is
/// over.
///
/// Of one query several nodes may be asked in the end. Each answer is as good as another: a query
/// changes nothing, and who answers has seen all that was acknowledged before. No clock, no
/// threads.
class passed_questions {
 public:
  passed_questions(passed_questions_options options, answerers_function answerers);

  /// A question's number. Errors: overloaded.
  runtime::expected<std::uint64_t> add(question_target whom, std::size_t bytes,
                                       runtime::timestamp now);
  /// What somebody who was asked says. Nothing if the question is answered, or if it is an error
  /// and somebody else was asked since.
  void on_answer(std::uint64_t question, std::uint32_t attempt,
                 runtime::expected<runtime::payload> answer, runtime::timestamp now);
  void on_link(runtime::session_id session, runtime::timestamp now);
  /// It is lost, or could not be made.
  void on_link_lost(runtime::session_id session, const std::string& why, runtime::timestamp now);
  /// The node there is of a build that speaks otherwise.
  void on_link_refused(runtime::session_id session, const std::string& why, runtime::timestamp now);
  void on_time(runtime::timestamp now);
  /// 0: not before something else comes. While questions wait it looks who can answer them now.
  runtime::timestamp next_wake() const;
  passing_output take_output() { return std::exchange(out_, {}); }

  std::size_t size() const { return questions_.size(); }
  std::size_t links() const { return links_.size(); }

 private:
  struct question {
    question_target whom;
    std::size_t bytes = 0;
    runtime::timestamp until, not_before;
    runtime::session_id asked;             ///< 0: nobody now
    runtime::session_id blamed;            ///< whose failure `why` tells; 0: nobody's
    runtime::timestamp asked_until;        ///< then another one is asked, if there is one
    std::set<runtime::session_id> silent;  ///< were asked so long
    std::uint32_t attempt = 0;
    std::string node, why;  ///< who was to answer last, and why it has not
  };
  enum class link_state : std::uint8_t { dialling, up, lost, refused };
  struct link {
    link_state state = link_state::dialling;
    runtime::timestamp dialled;  ///< if dialling: since when
    runtime::timestamp until;    ///< if not up: as what it is remembered
    std::string why;
  };
  using place = std::map<std::uint64_t, question>::iterator;

  void consider(place at, runtime::timestamp now);
  void consider_all(runtime::timestamp now);
  /// True: there is a link. Else it may come, or `at` has been answered.
  bool reach(place at, const peer& whom, runtime::timestamp now);
  static constexpr int far_off = 4;  ///< a distance: it will not answer soon
  bool has_others(const question& what, const std::vector<peer>& peers,
                  runtime::timestamp now) const;
  bool is_dialling_enough(const std::vector<peer>& peers, runtime::timestamp now) const;
  int distance(const question& what, const peer& to, bool may_dial) const;
  /// The one that is sooner reached, and has not been silent.
  const peer& choose(const question& what, const std::vector<peer>& from,
                     runtime::timestamp now) const;
  void ask(place at, runtime::session_id session, runtime::timestamp now);
  void ask_later(question& what, std::string why, runtime::timestamp now) const;
  void let_go(runtime::session_id session, const std::string& why, runtime::timestamp now);
  void refuse(place at, std::string_view why);
  void settle(place at, runtime::expected<runtime::payload> answer);

  const passed_questions_options options_;
  const answerers_function answerers_;
  std::map<std::uint64_t, question> questions_;
  std::map<runtime::session_id, link> links_;
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
  runtime::timestamp looked_;  ///< at all of them
  passing_output out_;
};

}  // namespace perdure::actors
