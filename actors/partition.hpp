#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/attempt_loads.hpp"
#include "actors/cluster_door.hpp"
#include "actors/inbox.hpp"
#include "actors/partition_want.hpp"
#include "actors/read_executor.hpp"
#include "actors/story_types.hpp"
#include "actors/wake_ups.hpp"
#include "actors/workflow.hpp"
#include "runtime/client.hpp"
#include "runtime/clock.hpp"
#include "runtime/foreign_messages.hpp"
#include "runtime/owner.hpp"
#include "runtime/random.hpp"

namespace perdure::actors {

/// What a partition actor needs from its node. All of it outlives the actor.
struct partition_services {
  runtime::log& log;
  const runtime::clock& clock;
  const runtime::routes& routes;  ///< at the beginning; `know` says more later
  runtime::step_executor& steps;
  read_executor& reads;
  std::shared_ptr<const workflow_host> host;
  std::function<void(runtime::log_line::level, std::string)>
      report;                                    ///< to the node's log; any thread
  caf::actor node;                               ///< hears alone, over, silent, drained
  holder_function on_holder;                     ///< empty: nobody asks
  hosts_function hosts;                          ///< empty: nobody else could own it
  runtime::foreign_messages* foreign = nullptr;  ///< null: there are no neighbours
};

/// Whose code ran when the process before ended, as its page of crash notes says.
struct partition_suspects {
  runtime::session_id of;  ///< whose page it is; 0: there is none that can be believed
  std::vector<runtime::run_key> runs;
};

/// How a partition begins.
struct partition_start {
  std::unique_ptr<runtime::state> folded;  ///< the log up to its end
  runtime::owner_options options;
  runtime::session_id session;
  partition_suspects suspects;
  wanted_partition want;
  bool told = true;  ///< what is wanted of it; false: nobody has said so yet
  /// How long it serves on for the sake of steps that run, when it is another's to be.
  runtime::duration yield_within = runtime::seconds(10);
  /// Append these, until the state's config has that version; empty: somebody else has.
  runtime::append_request first_records = {};
  std::uint64_t config_version = 0;
  std::optional<runtime::error> unreadable = {};  ///< why it must not run (DESIGN 5.6)
};

/// The shell around one partition's state and owner: folds what the log says, performs what
/// follows, in order. Keeps no rule of the protocol. All news come through the inbox in batches;
/// one drain of it makes one append.
class partition_actor : public caf::event_based_actor {
 public:
  partition_actor(caf::actor_config& config, partition_services services,
                  std::shared_ptr<inbox> news, const std::shared_ptr<partition_start>& begin);

  // Client requests; called through the inbox. Each replies once.
  void start(const runtime::start_request& request, runtime::reply_to<runtime::start_reply> reply);
  void signal(const runtime::signal_request& request,
              runtime::reply_to<runtime::start_reply> reply);
  void control(const runtime::control_request& request,
               runtime::reply_to<runtime::start_reply> reply);
  void result(const runtime::workflow_address& target, runtime::duration wait,
              runtime::reply_to<runtime::run_result> reply);
  /// Of an open run by what has been folded.
  void agent_of(const runtime::workflow_address& target, runtime::reply_to<std::string> reply);
  void describe(const runtime::workflow_address& target,
                runtime::reply_to<runtime::run_details> reply);
  void list(const runtime::list_request& request, runtime::run_key after,
            runtime::reply_to<runtime::list_reply> reply);
  void history(const runtime::workflow_address& target, runtime::reply_to<told_story> reply);
  void query(const runtime::query_request& request, runtime::reply_to<runtime::payload> reply);
  void status(runtime::reply_to<runtime::partition_status> reply);
  const runtime::state& folded() const { return *state_; }

  /// Where all namespaces are now; called through the inbox.
  void know(const runtime::routes& where) { routes_ = where; }
  /// Its log cannot be believed any more (DESIGN 5.5); called through the inbox.
  void lose_log(const runtime::error& why) { stop_for(why); }

 protected:
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  /// A keyed request, what it asks for and when it was recorded: another node may have recorded the
  /// same before, and its answer, read later, is not this one's. Those that are equal may hear each
  /// other's answers.
  struct asked_key {
    runtime::key_id key;
    runtime::digest content;
    runtime::timestamp time;
    bool operator==(const asked_key&) const = default;
  };
  struct hash_of_asked {
    std::size_t operator()(const asked_key& asked) const {
      return asked.key.low ^ asked.content.value;
    }
  };
  struct waiting_request {
    std::string target;  ///< for people
    runtime::reply_to<runtime::start_reply> reply;
  };
  struct waiting_result {
    runtime::timestamp until;  ///< monotonic
    runtime::reply_to<runtime::run_result> reply;
  };
  struct waiting_query {
    runtime::query_request request;
    runtime::reply_to<runtime::payload> reply;
  };
  /// What waits for all that was acknowledged before it to be read here.
  struct behind_barrier {
    std::function<void(partition_actor&)> then;
    std::function<void(const runtime::error&)> refuse;
  };
  /// It is to be another's, and is still served.
  struct yielding {
    std::vector<runtime::running_attempt> steps;  ///< ran when that began, and may still
    runtime::timestamp until;                     ///< monotonic: drained then at the latest
    runtime::timestamp hand_over_by;              ///< monotonic; 0: not drained yet
  };
  struct frame {
    caf::actor actor;
    std::uint64_t id = 0;
  };
  struct message_in_line {
    runtime::message_order order;
    std::string record;  ///< empty: being read
  };

  // partition.cpp
  void drain_inbox();
  void fold(const runtime::log_record& record);
  void stop_for(const runtime::error& why);
  void submit(runtime::append_request request);
  void submit_inputs();
  bool goes_on_after(const runtime::error& failed);
  static bool may_pass(const runtime::error& failed);
  void found();
  bool founded() const { return !state_->name_space().empty() && state_->config_version() != 0; }
  bool wants() const { return begin_.want.what != partition_want::no && !leaving_; }
  bool should_claim() const;
  bool own_epoch_is_open() const;
  bool code_runs() const { return code_running_ != 0 || news_->steps_run(); }
  void claim();
  void claim_later();
  void give_up_after(const runtime::error& why, std::uint64_t line);
  void flush();
  void end_alone();
  void flush_quarantine(const runtime::owner_output& out);
  void send_query(const runtime::query_order& what);
  void drop_frame(runtime::run_key run);
  void tick();
  void schedule_tick();
  void tell_clock_behind();
  void yield();
  void tell_holder();
  void hand_over_if_drained();
  bool may_hand_over() const;
  runtime::timestamp now() const { return services_.clock.now(); }
  runtime::partition_log own_log() const { return {services_.log, state_->self()}; }

  // partition_reads.cpp
  template <class T>
  struct read_order;
  template <class T>
  void read(std::shared_ptr<const read_order<T>> what);
  void read_later(const runtime::error& why, std::function<void(partition_actor&)> again);
  void read_again();
  void load_owed(runtime::body_ref where);
  void order(runtime::activation_order what);
  void run_loaded(runtime::activation_order what);
  void order(runtime::attempt_order what);
  void load_attempts();
  void order(const runtime::message_order& what);
  void send_messages();
  void send_message(const runtime::message_order& what, std::string record);
  runtime::ordered_attempt ordered(runtime::step_attempt attempt) const;

  // partition_queries.cpp
  void append_barrier();
  void pass_barrier(std::uint64_t nonce);
  void ask_owner(waiting_query what);
  void refuse_query(const runtime::query_refusal& refusal);
  static void refuse_all(std::vector<behind_barrier> which, const runtime::error& why);
  template <class T>
  void when_current(const runtime::reply_to<T>& reply, std::function<void(partition_actor&)> then) {
    when_current(std::move(then),
                 [reply](const runtime::error& why) { reply(std::unexpected(why)); });
  }
  void when_current(std::function<void(partition_actor&)> then,
                    std::function<void(const runtime::error&)> refuse);

  // partition_clients.cpp
  void perform(const runtime::decoded_record& record, const runtime::action& what);
  void tell_parked(runtime::run_key key) const;
  void answer(const runtime::answered& what, runtime::timestamp recorded);
  std::optional<waiting_request> take_request(const asked_key& asked);
  void refuse_request(const asked_key& asked, const runtime::error& why);
  void answer_results(const runtime::decoded_record& record, const runtime::run_closed& closed);
  void end_waits();
  void end_all_waits(const runtime::error& why);
  void append_input(runtime::record_kind kind, const google::protobuf::Message& header,
                    runtime::timestamp time, runtime::slot_number slot, std::string_view body);
  runtime::timestamp time_of_input() const;
  void await_answer(const asked_key& asked, const runtime::workflow_address& target,
                    runtime::reply_to<runtime::start_reply> reply);
  runtime::expected<runtime::run_key> find_run(const runtime::workflow_address& target) const;
  std::unexpected<runtime::error> not_found_here(std::string text) const;
  runtime::expected<runtime::run_key> named_run(const runtime::workflow_address& target) const;
  runtime::expected<void> check_open_for_requests() const;
  runtime::expected<void> check_takes_requests() const;
  void await_result(const runtime::workflow_address& target, runtime::duration wait,
                    runtime::reply_to<runtime::run_result> reply);
  void describe_as_read(const runtime::workflow_address& target,
                        runtime::reply_to<runtime::run_details> reply);
  void list_as_read(const runtime::list_request& request, runtime::run_key after,
                    const runtime::reply_to<runtime::list_reply>& reply);
  void history_as_read(const runtime::workflow_address& target,
                       runtime::reply_to<told_story> reply);
  runtime::expected<void> check_types_known(const runtime::signal_request& request) const;
  std::string_view condition(const runtime::run_state& run) const;
  runtime::run_summary summarise(const runtime::run_state& run) const;
  runtime::run_summary summarise(const runtime::closed_run& run) const;
  std::string wait_in_words(const runtime::run_state& run) const;
  template <class Run>
  runtime::run_result result_of(const Run& run) const;
  void reply_with_result(const runtime::closed_run& run, runtime::payload body,
                         const runtime::reply_to<runtime::run_result>& reply) const;

  partition_services services_;
  std::shared_ptr<inbox> news_;
  std::unique_ptr<runtime::state> state_;
  runtime::routes routes_;
  runtime::owner owner_;
  partition_start begin_;
  runtime::record_decoder decoder_;
  runtime::actions actions_;
  inbox_content batch_;
  runtime::append_request inputs_;
  std::vector<asked_key> input_keys_;               ///< of the requests in them
  std::vector<runtime::ordered_attempt> attempts_;  ///< to start with the next flush
  std::optional<runtime::error> stopped_;
  static constexpr runtime::duration first_claim_pause = runtime::milliseconds(10),
                                     longest_claim_pause = runtime::seconds(2),
                                     longest_yield = runtime::seconds(20),
                                     pause_to_hand_over = runtime::milliseconds(100);
  runtime::timestamp claim_not_before_, found_not_before_;  ///< monotonic
  runtime::duration claim_pause_ = first_claim_pause;
  bool open_ = false;  ///< all partitions of the installation are founded: it may be claimed
  bool founding_ = false, said_founded_ = false;
  bool leaving_ = false;    ///< the node shuts down
  std::uint64_t line_ = 1;  ///< raised with each failure: what was appended before counts no more
  bool drained_ = false, patient_ = true;
  std::optional<yielding> yields_;
  bool clock_is_behind_ = false;  ///< and that was told
  std::uint64_t round_ = 0;   ///< of the silence that was asked for and is not there yet, 0: none
  std::uint64_t ticket_ = 0;  ///< of the last wish to run alone
  std::uint64_t granted_ = 0,
                over_ = 0;        ///< tickets: it runs alone; that is over, code may run yet
  std::size_t code_running_ = 0;  ///< activations and queries that actors were sent, dropped or not

  std::unordered_map<runtime::run_key, frame> frames_;
  std::uint64_t last_frame_ = 0, last_load_ = 0;
  std::unordered_map<runtime::run_key, std::uint64_t> loading_;  ///< activations, by what is read
  attempt_loads attempt_loads_;
  std::deque<std::shared_ptr<message_in_line>> messages_;  ///< behind one that is being read
  std::vector<std::function<void(partition_actor&)>> reads_again_;
  runtime::timestamp reads_not_before_;  ///< monotonic
  bool reads_fail_ = false;              ///< and that was told
  std::unordered_map<asked_key, std::vector<waiting_request>, hash_of_asked> requests_;
  std::unordered_map<runtime::run_key, std::vector<waiting_result>> results_;
  std::multimap<runtime::timestamp, runtime::run_key>
      waits_;  ///< when waiting results end, monotonic
  std::unordered_map<std::uint64_t, waiting_query> queries_;
  std::uint64_t next_token_ = 1;
  std::vector<behind_barrier> asked_;                              ///< for the next barrier
  std::map<std::uint64_t, std::vector<behind_barrier>> barriers_;  ///< not read back, by nonce
  std::uint64_t last_barrier_ = 0;
  wake_ups wake_ups_;  ///< monotonic
};

}  // namespace perdure::actors
