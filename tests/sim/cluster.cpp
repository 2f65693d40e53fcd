#include "tests/sim/cluster.hpp"

#include <algorithm>
#include <ranges>

#include "tests/sim/brokers.hpp"
#include "tests/sim/membership_books.hpp"
#include "tests/sim/openings.hpp"
#include "tests/sim/replays.hpp"

namespace perdure::sim {
cluster_options drawn_options(world& in) {
  auto& chance = in.load;
  cluster_options how;
  how.log.atomic = chance.happens(.4);
  how.nodes = how.log.atomic ? 1 : static_cast<std::uint32_t>(1 + chance.below(3));
  if (chance.happens(.7)) how.crash_chance = chance.happens(.2) ? .02 : .004;
  if (chance.happens(.3)) how.pause_chance = .002;
  if (chance.happens(.3)) how.move_chance = .002;
  if (chance.happens(.3)) how.jump_chance = .004;
  if (!how.log.atomic) {
    const auto often = [&chance] { return chance.happens(.2) ? .1 : .01; };
    if (chance.happens(.5)) how.log.refused = often();
    if (chance.happens(.5)) how.log.unknown_landed = often();
    if (chance.happens(.5)) how.log.unknown_lost = often();
    if (chance.happens(.5)) how.log.copied = chance.happens(.2) ? .3 : .02;
    how.log.late = .5;
    if (chance.happens(.3)) how.log.read_failed = often();
    if (chance.happens(.2)) {
      how.log.read = runtime::milliseconds(chance.between(1, 50));
      how.log.read_jitter = runtime::milliseconds(chance.between(0, 500));
    }
    how.log.gap = chance.below(3);
  }
  if (chance.happens(.3)) how.slow_actors = chance.happens(.5) ? .03 : .3;
  if (chance.happens(.3)) how.slow_code = chance.happens(.5) ? .05 : .5;
  if (chance.happens(.2)) {
    how.log.write = runtime::milliseconds(chance.between(1, 20));
    how.log.write_jitter = runtime::milliseconds(chance.between(0, 20));
  }
  how.one_actor_system = chance.happens(.5);
  if (how.nodes > 1) how.node.want = actors::partition_want::no;
  auto& owner = how.node.owner;
  if (chance.happens(.5)) owner.resident_runs = chance.below(3);
  if (chance.happens(.5)) owner.attempts = 1 + chance.below(3);
  if (chance.happens(.5)) owner.idle = runtime::milliseconds(chance.between(1, 100));
  if (chance.happens(.1)) how.node.edge.requests = 1 + chance.below(3);
  if (how.log.atomic && chance.happens(.5)) how.embedded = drawn_embedded(chance);
  how.double_check = in.code.happens(.2);
  how.default_build = in.code.happens(.2);
  if (how.nodes > 1 && in.code.happens(.5)) how.membership = drawn_membership(in.code);
  if (how.nodes == 1) return how;
  if (in.forms.happens(.5)) how.brokers = drawn_brokers(in.forms);
  if (in.forms.happens(.25)) how.nodes = static_cast<std::uint32_t>(3 + in.forms.below(5));
  if (how.membership && in.forms.happens(.4)) how.apart = runtime::seconds(60);
  return how;
}

/// Index 0 is the log's own; partitions count from 1.
std::size_t cluster::partitions_of(const std::vector<runtime::namespace_options>& namespaces) {
  std::size_t count = 1;
  for (const auto& one : namespaces) count += one.partitions;
  return count;
}

cluster::cluster(world& in, cluster_options how, cluster_uses uses)
    : world_(in),
      how_(std::move(how)),
      uses_(std::move(uses)),
      audit_(books_, partitions_of(how_.namespaces), how_.log.atomic),
      log_(made_log()),
      offered_(how_.nodes),
      seats_(how_.nodes),
      nodes_(how_.nodes),
      assigned_(partitions_of(how_.namespaces), how_.nodes) {
  audit_.forgets = how_.forgets_keys;
  audit_.may_convict = [this](runtime::session_id ruled, const runtime::run_state& run) {
    return may_convict(ruled, run);
  };
  if (how_.one_actor_system) world_.share_stage();
  world_.set_crash_chance(how_.crash_chance);
  world_.set_actors_slow(how_.slow_actors);
  world_.set_code_slow(how_.slow_code);
  if (how_.membership) {
    members_ = std::make_unique<membership_books>(*how_.membership);
    cluster_log_ = std::make_unique<shared_log>(
        world_, how_.log,
        [this](const runtime::log_record& record, const life&) { members_->land(record); });
  }
  world_.set_undertaker([this](const life_ptr& whose) { bury(whose); });
  for (std::uint32_t i = 0; i < how_.nodes; ++i) {
    auto& on = *machines_.emplace_back(std::make_unique<machine>(world_));
    set_clock(on, runtime::milliseconds(world_.faults.between(-2'000, 2'000)));
    if (how_.apart.us != 0) {
      const auto by = world_.forms.between(-how_.apart.us, how_.apart.us);
      set_clock(on, {on.clock.wrong_by.us + by});
    }
    boot(i);
  }
}

cluster::~cluster() {
  world_.set_undertaker({});
  for (const auto& node : nodes_) {
    if (!node) continue;
    node->leave();
    world::never_thaw(node->whose());
  }
  for (const auto& seat : seats_) {
    if (seat) world::never_thaw(seat->whose());
  }
  nodes_.clear();
}

std::unique_ptr<log_form> cluster::made_log() {
  if (how_.embedded) {
    return std::make_unique<embedded_form>(
        world_, *how_.embedded, [this](const runtime::log_record& record) { landed(record); });
  }
  auto heard = [this](const runtime::log_record& record, const life& writer) {
    if (lands_behind_a_loss(record, writer)) return;
    decisions_.check(record, writer.number());
    landed(record);
  };
  if (how_.brokers) {
    return std::make_unique<brokers>(world_, how_.log, *how_.brokers,
                                     partitions_of(how_.namespaces), std::move(heard));
  }
  return std::make_unique<shared_log>(world_, how_.log, std::move(heard));
}

void cluster::landed(const runtime::log_record& record) {
  books_.put(record.partition, record.at, std::string(record.bytes.view()));
  const auto& folded = audit_.truth(record.partition.value);
  const auto before = folded.current();
  std::vector<std::string> told;
  if (world_.tells()) audit_.story_to(told);
  audit_.land(record.partition, record.at, record.bytes);
  for (const auto& line : told) world_.note("{}", line);
  if (before && folded.current() != before) ++lost_epochs_;
  if (folded.current() != before)
    decisions_.begin_epoch(record.partition, folded.current(), folded.session());
  if (folded.counts().parked != 0) look_after_parked();
}

std::unique_ptr<registry> cluster::made_registry() const {
  return std::make_unique<registry>(how_.default_build ? "" : "test build");
}

void cluster::boot(std::uint32_t which) {
  if (nodes_[which] || seats_[which]) return;
  if (log_->is_away()) return boot_later(which);  // it would wait, and in the end give up
  const auto whose = world_.begin_life(which);
  world_.note("node {} begins (life {})", which, whose->number());
  offered_[which] = made_registry();
  uses_.offer(*offered_[which], which);
  if (cluster_log_)
    take_seat(whose);
  else
    begin_node(whose, {});
}

void cluster::begin_node(const life_ptr& whose, const runtime::namespace_places& places) {
  const auto which = whose->node();
  auto options = how_.node;
  if (cluster_log_) {
    options.session = session_of(*whose);
    options.want = std::nullopt;
  }
  try {
    nodes_[which] = std::make_unique<sim_node>(
        world_, *log_, *machines_[which], whose, *offered_[which], how_.namespaces, options,
        host_options{.double_check = how_.double_check},
        [this, which, whose](const std::string& text) {
          if (!whose->alive()) return;
          world_.note("node {} says: {}", which, text);
          if (uses_.hear) uses_.hear(text);
          if (!text.contains("has stopped") || !nodes_[which]) return;
          stopped_.insert(nodes_[which]->session());
          hear_of_stop(*whose, text);
        },
        [this, which](const runtime::step_attempt& one) {
          world_.note("node {} begins attempt {} of {}, step {} of p{} {}", which, one.attempt,
                      one.name, one.step, one.partition, one.run);
          if (!has_lost(one.partition))
            audit_.effect(one.partition, one.run, one.step, one.attempt);
        },
        places, door_of(whose));
    decisions_.begin_life(whose->number(), nodes_[which]->session());
    if (cluster_log_) open_seat(whose);
    view_changes();
  } catch (const cannot_open& why) {
    world_.note("node {} does not start: {}", which, why.what());
    world_.end(whose);
    log_->abandon(whose);
    boot_later(which);
  }
}

void cluster::boot_later(std::uint32_t which) {
  world_.in(world_.drawn(runtime::milliseconds(20), runtime::seconds(3)), nullptr,
            [this, which] { boot(which); });
}

void cluster::bury(const life_ptr& whose) {
  const auto which = whose->node();
  auto& seat = seats_[which];
  auto& node = nodes_[which];
  const bool sits = seat && seat->whose() == whose;
  const bool runs = node && node->whose() == whose;
  if (!sits && !runs) return;
  if (sits) {
    cluster_log_->abandon(whose);
    seat->forget();
  }
  if (runs) {
    log_->abandon(whose);
    ends_.emplace(node->session(), std::string{});
    if (world_.shares_stage()) {
      node->leave();
      graves_.push_back({std::move(seat), std::move(offered_[which]), std::move(node)});
    }
    node.reset();
  }
  seat.reset();
  view_changes();
  boot_later(which);
}

void cluster::set_clock(machine& on, runtime::duration wrong_by) {
  on.clock.wrong_by = wrong_by;
  fastest_ = std::max(fastest_, wrong_by);
  slowest_ = std::min(slowest_, wrong_by);
}

void cluster::fault() {
  if (world_.faults.happens(how_.jump_chance)) {
    const auto by = world_.faults.happens(.5) ? 5'000 : set_at_most.us / 1'000;
    const auto which = world_.faults.below(machines_.size());
    set_clock(*machines_[which], runtime::milliseconds(world_.faults.between(-by, by)));
    world_.note("the clock of node {} is set", which);
  }
  if (how_.nodes > 1 && world_.faults.happens(how_.move_chance)) {
    ++turn_of_assignment_;
    if (cluster_log_) drain_some();
    view_changes();
  }
  log_->fault();
  if (cluster_log_) cluster_log_->go_away(log_->away_until());
  if (!world_.faults.happens(how_.pause_chance)) return;
  const auto& node = nodes_[world_.faults.below(nodes_.size())];
  if (!node || node->whose()->frozen()) return;
  const auto whose = node->whose();
  world_.note("node {} freezes", whose->node());
  world_.freeze(whose);
  view_changes();
  world_.in(world_.drawn(runtime::milliseconds(100), runtime::seconds(8)), nullptr, [this, whose] {
    world_.thaw(whose);
    view_changes();
  });
}

void cluster::end_faults() {
  faults_ = false;
  world_.note("the faults end");
  world_.set_crash_chance(0);
  log_->end_faults();
  if (!cluster_log_) return;
  cluster_log_->end_faults();
  cluster_log_->read_within(runtime::milliseconds(500));  // as heartbeats need, or nodes are gone
  undo_drains();
}

sim_node* cluster::some_node() {
  std::vector<sim_node*> up;
  for (const auto& node : nodes_) {
    if (node && !node->whose()->frozen()) up.push_back(node.get());
  }
  return up.empty() ? nullptr : world_.load.one_of(up);
}

/// A kill from outside cannot be told from a crash of the code that runs. Nor can it, if the page
/// is lost too, where the partition had stopped while the run had the node alone.
bool cluster::may_convict(runtime::session_id ruled, const runtime::run_state& run) const {
  if (stopped_.contains(ruled)) return true;
  const auto end = ends_.find(ruled);
  return end == ends_.end() || end->second.empty() || end->second == run.workflow_id;
}

bool cluster::may_ask_again(runtime::errc code) {
  using runtime::errc;
  return code == errc::unavailable || code == errc::outcome_unknown || code == errc::overloaded ||
         code == errc::timed_out || code == errc::io_failed;
}

void cluster::run(const std::function<bool()>& over) {
  constexpr std::uint64_t books_every = 64;  // moves
  // Each node folds everything; and heartbeats, too.
  const auto most_moves = how_.most_moves * std::max(1U, how_.nodes / 2) * (cluster_log_ ? 10 : 1);
  const auto faults_end = world_.now() + how_.faults_last;
  const auto last = faults_end + how_.patience;
  while (!over()) {
    if (faults_ && world_.now() >= faults_end) end_faults();
    if (faults_) fault();
    if (!world_.move()) throw violated("nothing will ever happen, and not all is over");
    if (!found_.empty()) throw violated(found_);
    if (world_.moves() % books_every == 0) audit_.books();
    if (world_.now() > last) throw violated("not all is over long after the faults have ended");
    if (world_.moves() > most_moves) throw violated("it turns in circles");
  }
}

void cluster::check_end() {
  if (faults_) end_faults();
  const auto is_done = [this](std::size_t partition) {
    if (losses_.contains(static_cast<std::uint32_t>(partition))) return true;
    const auto& folded = audit_.truth(partition);
    return folded.runs().empty() && folded.owed_messages().empty() && folded.outbox().empty();
  };
  const auto partitions = std::views::iota(std::size_t{1}, partitions_of(how_.namespaces));
  run([&] { return std::ranges::all_of(partitions, is_done); });
  check_quiet();
  if (members_) compare_members();
  if (!losses_.empty()) return check_losses();
  audit_.end();
  for (std::uint32_t i = 0; i < partitions_of(how_.namespaces); ++i)
    runs_.push_back(recorded_runs(books_, runtime::partition_index(i)));
  check_histories();
  check_replays();
  check_openings(log_->records(), how_.namespaces, world_.code);
  log_->check_end();
}

void cluster::check_replays() {
  std::vector<std::unique_ptr<registry>> offered;  // as nodes that begin now
  for (std::uint32_t i = 0; i < how_.nodes; ++i)
    uses_.offer(*offered.emplace_back(made_registry()), i);
  for (std::uint32_t i = 1; i < partitions_of(how_.namespaces); ++i)
    sim::check_replays(books_, runtime::partition_index(i), runs_[i], {offered, uses_.repeats});
}

}  // namespace perdure::sim
