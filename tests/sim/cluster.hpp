#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/client.hpp"
#include "tests/sim/broker_manners.hpp"
#include "tests/sim/cluster_seat.hpp"
#include "tests/sim/decisions.hpp"
#include "tests/sim/embedded_form.hpp"
#include "tests/sim/recorded_runs.hpp"
#include "tests/sim/shared_log.hpp"
#include "tests/sim/sim_node.hpp"
#include "tests/sim/violated.hpp"
#include "tests/unit/runtime/memory_log.hpp"
#include "tests/unit/runtime/model/audit.hpp"

namespace perdure::sim {

struct cluster_options {
  std::uint32_t nodes = 1;
  bool one_actor_system = false;  ///< for all nodes; else each life has its own
  log_manners log;
  std::optional<embedded_manners> embedded;  ///< the product's own log instead, on one node
  std::optional<broker_manners> brokers;     ///< that carry bundles; for several nodes
  std::vector<runtime::namespace_options> namespaces{{"team", 3, {}, 3'600, 1'000}};
  actors::node_options node;
  std::optional<membership_manners> membership;  ///< else the world says who is to own what
  double crash_chance = 0;                       ///< at each call of a node into the world
  double pause_chance = 0;                       ///< of some node, at each move
  double jump_chance = 0;      ///< of some node's clock, by up to ten minutes, at each move
  double move_chance = 0;      ///< that other nodes are to have the partitions, at each move
  runtime::duration apart{};   ///< clocks begin wrong by so much, besides two seconds
  double slow_actors = 0;      ///< that something comes before an actor that could run
  double slow_code = 0;        ///< of an activation or query: that it takes time
  bool double_check = false;   ///< each activation runs twice and must ask for the same
  bool default_build = false;  ///< agents that name no build have that of this program
  runtime::duration view_late = runtime::milliseconds(500);  ///< a node hears of a change within
  runtime::duration faults_last = runtime::seconds(30);
  /// Keys may be older than what the retention keeps.
  bool forgets_keys = false;
  /// All must be over so long after the faults.
  runtime::duration patience = runtime::seconds(3'600);
  std::uint64_t most_moves = 200'000;  ///< a world of more turns in circles
};

/// The seed's own world: options drawn at extremes.
cluster_options drawn_options(world& in);
membership_manners drawn_membership(testing::dice& chance);

/// What a cluster asks of what runs on it.
struct cluster_uses {
  std::function<void(registry&, std::uint32_t node)> offer;  ///< whenever a node begins
  std::function<void(const runtime::run_summary&)> mend;     ///< before a parked run is resumed
  /// Whether its code does the same whenever it is brought back.
  std::function<bool(const runtime::run_description&)> repeats;
  std::function<void(const std::string&)> hear;  ///< a line that a node which lives wrote
};

class membership_books;

/// Nodes that come and go on one log, clients that ask them, and books of all that happens.
class cluster {
 public:
  cluster(world& in, cluster_options how, cluster_uses uses);
  ~cluster();

  /// Asks some node, and another when no answer comes or it may be asked again; `done` gets the
  /// first answer that says more than that. The same question must have the same key. A node that
  /// is asked must answer, see `expect_answer`; `name` tells people what it was asked.
  template <class T>
  void ask(std::string name, std::function<void(runtime::client&, runtime::reply_to<T>)> what,
           std::function<void(const runtime::expected<T>&)> done);

  /// Until `over`; throws violated, or model::violation.
  void run(const std::function<bool()>& over);
  /// All is over: nothing is owed, due, open or unsent, and what nodes have folded is what the log
  /// says. Throws as `run`.
  void check_end();
  /// The code of that workflow, which runs, ends its process here and now. What it does from now on
  /// has no effect.
  void crash(const std::string& workflow_id);
  /// All nodes leave, cleanly unless they are too slow, and begin again some time.
  void restart_all();
  /// As far as clocks ever were apart.
  runtime::duration clocks_differ() const { return {fastest_.us - slowest_.us}; }
  /// That partition loses the newest of its records, which nodes had read; others may come in their
  /// place. The log must be of brokers.
  void lose_end_of(runtime::partition_index which);
  bool has_lost(runtime::partition_index which) const;
  /// Epochs that another has replaced: so often did a partition lose what its owner had under way.
  std::uint64_t lost_epochs() const { return lost_epochs_; }
  const std::vector<runtime::log_record>& records() const { return log_->records(); }
  world& in() { return world_; }
  std::uint32_t nodes() const { return how_.nodes; }

 private:
  std::unique_ptr<log_form> made_log();
  std::unique_ptr<registry> made_registry() const;
  void landed(const runtime::log_record& record);
  void boot(std::uint32_t which);
  void begin_node(const life_ptr& whose, const runtime::namespace_places& places);
  void boot_later(std::uint32_t which);
  void bury(const life_ptr& whose);
  static std::size_t partitions_of(const std::vector<runtime::namespace_options>& namespaces);
  void fault();
  void set_clock(machine& on, runtime::duration wrong_by);
  void leave(const life_ptr& whose, runtime::timestamp until);
  void look_after_parked();
  void list_parked(const std::string& name_space, std::string page);
  void resume(const runtime::run_summary& parked);
  void check_quiet();
  void wait_for(runtime::duration time);
  // cluster_losses.cpp
  bool lands_behind_a_loss(const runtime::log_record& record, const life& writer);
  void hear_of_stop(const life& whose, const std::string& text);
  void check_losses();
  void expect_stops(std::uint32_t which, runtime::timestamp by);
  void compare_folds();
  void compare_members() const;
  bool all_folds_agree() const;
  void check_histories();
  void ask_history(std::size_t partition, std::size_t number);
  void check_replays();
  // cluster_seats.cpp
  runtime::membership::member_options member_of(const life& whose) const;
  static runtime::session_id session_of(const life& whose);
  actors::cluster_door door_of(const life_ptr& whose);
  void take_seat(const life_ptr& whose);
  void open_seat(const life_ptr& whose);
  actors::cluster_membership* some_seat();
  void drain_some();
  void undo_drains();
  void leave_cluster(const life_ptr& whose, runtime::timestamp until);
  void view_changes();
  void assign();
  void tell_wants(sim_node& node, bool at_once);
  void end_faults();
  sim_node* some_node();
  struct request;
  runtime::duration longest_answer() const;
  bool is_any_in_quarantine() const;
  void expect_answer(const std::shared_ptr<request>& what);
  void hear_of_answer(request& what, const runtime::error* refused);
  bool may_convict(runtime::session_id ruled, const runtime::run_state& run) const;
  static bool may_ask_again(runtime::errc code);
  template <class T>
  struct question;

  static constexpr runtime::duration set_at_most = runtime::seconds(600);

  world& world_;
  const cluster_options how_;
  const cluster_uses uses_;
  runtime::memory_log books_;
  runtime::model::audit audit_;
  decisions decisions_;
  const std::unique_ptr<log_form> log_;
  std::unique_ptr<shared_log> cluster_log_;  ///< null: there is no membership
  std::unique_ptr<membership_books> members_;
  struct loss;
  std::map<std::uint32_t, std::shared_ptr<loss>> losses_;  ///< by partition
  std::vector<std::unique_ptr<machine>> machines_;
  std::vector<std::unique_ptr<registry>> offered_;    ///< by node, of its life
  std::vector<std::unique_ptr<cluster_seat>> seats_;  ///< null: it is down
  std::vector<std::unique_ptr<sim_node>> nodes_;      ///< null: it is down, or not open yet
  struct grave {
    std::unique_ptr<cluster_seat> seat;
    std::unique_ptr<registry> offered;
    std::unique_ptr<sim_node> node;
  };
  std::vector<grave> graves_;  ///< whose actors are still to end, in an actor system for all
  /// Partition index to node; node count: nobody. What membership would say, and each node hears of
  /// it in its own time.
  std::vector<std::size_t> assigned_;
  std::uint64_t turn_of_assignment_ = 0;             ///< raised to move partitions for no reason
  std::set<runtime::session_id> stopped_;            ///< whose partition could not go on
  std::map<runtime::session_id, std::string> ends_;  ///< whose code ended it; empty: from outside
  bool faults_ = true;
  bool operator_comes_ = false;
  std::uint64_t lost_epochs_ = 0;
  std::set<std::pair<runtime::session_id, std::uint32_t>> agreed_;  ///< whose fold is what is true
  runtime::duration fastest_{-set_at_most.us},
      slowest_{set_at_most};                     ///< clocks, as wrong as they ever were
  std::set<std::uint64_t> leaving_;              ///< lives that were told to leave
  std::set<std::string> resumed_;                ///< runs, as of which turn
  std::vector<std::vector<recorded_run>> runs_;  ///< by partition, when all is done
  bool told_histories_ = false;
  std::string found_;  ///< violated, but where no exception may go
};

/// The longest that a client waits for a run's end in one request.
constexpr runtime::duration longest_poll = runtime::seconds(20);
/// A query waits as long as any run is in quarantine, its own or another, and a while to begin.
constexpr runtime::duration longest_silence = runtime::seconds(10);

/// A request to one life of a node.
struct cluster::request {
  std::string name;
  life_ptr of;
  runtime::duration within;  ///< it must be answered
  bool answered = false;
};

template <class T>
struct cluster::question : std::enable_shared_from_this<question<T>> {
  cluster& of;
  const std::string name;
  std::function<void(runtime::client&, runtime::reply_to<T>)> what;
  std::function<void(const runtime::expected<T>&)> done;
  bool answered = false;
  std::uint64_t asked = 0;

  question(cluster& in, std::string about,
           std::function<void(runtime::client&, runtime::reply_to<T>)> ask,
           std::function<void(const runtime::expected<T>&)> hear)
      : of(in), name(std::move(about)), what(std::move(ask)), done(std::move(hear)) {}

  void ask() {
    if (answered) return;
    const auto now = ++asked;
    const auto again = [self = this->shared_from_this(), now] {
      if (self->asked == now) self->ask();
    };
    of.world_.in(runtime::seconds(30), nullptr, again);
    auto* through = of.some_node();
    if (through == nullptr) return of.world_.in(runtime::milliseconds(200), nullptr, again);
    constexpr auto may_wait = std::is_same_v<T, runtime::run_result> ? longest_poll
                              : std::is_same_v<T, runtime::payload>  ? longest_silence
                                                                     : runtime::duration();
    const auto told = std::make_shared<request>(
        request{name, through->whose(), {may_wait.us + of.longest_answer().us}});
    of.expect_answer(told);
    of.world_.note("node {} is asked: {}", told->of->node(), name);
    what(through->product().client(), [self = this->shared_from_this(), again,
                                       told](runtime::expected<T> answer) {
      self->of.hear_of_answer(*told, answer ? nullptr : &answer.error());
      self->of.world_.in(self->of.world_.drawn({50}, {1'000}), nullptr,
                         [self, again, answer = std::move(answer)] { self->hear(answer, again); });
    });
  }
  void hear(const runtime::expected<T>& answer, const std::function<void()>& again) {
    if (answered) return;
    if (answer)
      of.world_.note("heard of {}: an answer", name);
    else
      of.world_.note("heard of {}: {}: {}", name, runtime::name(answer.error().code),
                     answer.error().message);
    if (!answer && may_ask_again(answer.error().code))
      return of.world_.in(of.world_.drawn({1'000}, {300'000}), nullptr, again);
    answered = true;
    done(answer);
  }
};

template <class T>
void cluster::ask(std::string name,
                  std::function<void(runtime::client&, runtime::reply_to<T>)> what,
                  std::function<void(const runtime::expected<T>&)> done) {
  std::make_shared<question<T>>(*this, std::move(name), std::move(what), std::move(done))->ask();
}

}  // namespace perdure::sim
