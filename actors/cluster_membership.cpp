#include "actors/cluster_membership.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/membership/drain.hpp"
#include "runtime/simulation.hpp"

namespace perdure::actors {

using runtime::membership::member_condition;
using runtime::membership::want;

namespace {

partition_want to_partition_want(want what) {
  switch (what) {
    case want::no:
      return partition_want::no;
    case want::when_left:
      return partition_want::when_left;
    case want::now:
      return partition_want::now;
  }
  return partition_want::no;
}

}  // namespace

cluster_membership::cluster_membership(membership_services services,
                                       runtime::membership::member_options options,
                                       runtime::membership::reading_from start)
    : services_(std::move(services)), options_(options), member_(std::move(options), start) {}

void cluster_membership::open(want_function want) {
  const std::scoped_lock lock(mutex_);
  want_ = std::move(want);
  for (const auto& [partition, role] : member_.roles()) {
    if (role.reads) begin_reading(partition);
  }
  flush();
}

void cluster_membership::tell_neighbours(neighbours_function know) {
  const std::scoped_lock lock(mutex_);
  know_ = std::move(know);
  known_ = runtime::membership::neighbours_of(member_.folded(), options_.profile);
  know_(known_);
}

runtime::membership::neighbours cluster_membership::neighbours() const {
  const std::scoped_lock lock(mutex_);
  return runtime::membership::neighbours_of(member_.folded(), options_.profile);
}

void cluster_membership::close() {
  const std::scoped_lock lock(mutex_);
  want_ = nullptr;
  know_ = nullptr;
  refuse_drains({runtime::errc::unavailable, "the node is shutting down: ask another"});
}

void cluster_membership::on_durable(std::span<const runtime::log_record> records) {
  const std::scoped_lock lock(mutex_);
  for (const auto& record : records) fold(record);
  flush();
}

void cluster_membership::fold(const runtime::log_record& record) {
  if (broken_) return;
  const auto decoded = decoder_.decode(record.at, record.bytes);
  if (!decoded) return stop_for(decoded.error());
  member_.on_record(*decoded, now());
}

void cluster_membership::on_lost(runtime::partition_index, const runtime::error& why) {
  const std::scoped_lock lock(mutex_);
  stop_for({why.code, fmt::format("{}. The work is safe in the namespaces' topics: bring this one "
                                  "back from a copy before any node starts again",
                                  why.message)});
  services_.changed();
}

void cluster_membership::on_forgotten(runtime::partition_index) {
  const std::scoped_lock lock(mutex_);
  if (broken_) return;
  services_.report(runtime::log_line::level::warning,
                   "cluster: what this node had not read of the cluster log is deleted: it owns "
                   "nothing until it has read a view of the cluster, and joins again");
  member_.lose_place();
  refuse_drains({runtime::errc::unavailable,
                 "this node has lost its place in the cluster log, so it cannot tell whether it "
                 "was done: look at `perdure cluster status`, then ask again"});
  flush();
}

/// Who cannot follow the log knows neither members nor owners: others declare it gone, and take
/// over.
void cluster_membership::stop_for(const runtime::error& why) {
  if (broken_) return;
  broken_ = {why.code, fmt::format("the cluster log cannot be followed: {}", why.message)};
  services_.report(runtime::log_line::level::error, broken_->message);
  refuse_drains(
      {runtime::errc::unavailable,
       fmt::format("the cluster log cannot be followed here ({}): ask another node", why.message)});
}

void cluster_membership::on_caught_up() {
  const std::scoped_lock lock(mutex_);
  member_.on_caught_up(now());
  flush();
}

void cluster_membership::on_time() {
  const std::scoped_lock lock(mutex_);
  if (!broken_) member_.on_time(now());
  flush();
}

runtime::timestamp cluster_membership::next_wake() const {
  const std::scoped_lock lock(mutex_);
  return broken_ ? runtime::timestamp{} : member_.next_wake();
}

void cluster_membership::on_holder(runtime::partition_index partition, runtime::session_id session,
                                   runtime::offset view) {
  const std::scoped_lock lock(mutex_);
  holders_[partition] = {session, view};
  member_.on_holder(partition, {session, view}, now());
  flush();
}

void cluster_membership::leave() {
  const std::scoped_lock lock(mutex_);
  member_.leave(now());
  flush();
}

void cluster_membership::end() {
  const std::scoped_lock lock(mutex_);
  member_.end(now());
  flush();
}

/// What a member wants done may make more to do: that it is warm for what it is to read.
void cluster_membership::flush() {
  while (true) {
    const auto out = member_.take_output();
    perform(out);
    if (want_ && !told_all_ && member_.self()) tell_all();
    const bool reads =
        std::ranges::any_of(out.roles, [](const auto& one) { return one.second.reads; });
    if (!reads || !want_) break;
    for (const auto& [partition, role] : out.roles) {
      if (role.reads) begin_reading(partition);
    }
  }
  services_.changed();
}

void cluster_membership::perform(const runtime::membership::member_output& out) {
  for (const auto& record : out.appends) append(record);
  if (out.forget) {
    // What fails is said by the log, and comes again with the next view.
    [[maybe_unused]] auto comes_again = services_.log.trim(out.forget);
  }
  for (const auto& what : out.told) {
    report(what);
    if (const auto* drained = std::get_if<runtime::membership::node_drained>(&what))
      answer_drains(*drained);
  }
  if (know_ && std::ranges::any_of(out.told, runtime::membership::concerns_neighbours)) {
    auto now = runtime::membership::neighbours_of(member_.folded(), options_.profile);
    if (now != known_) know_(known_ = std::move(now));
  }
  if (!want_) return;
  for (const auto& [partition, role] : out.roles)
    want_(partition, {to_partition_want(role.owns), role.from, member_.folded().applied()});
}

/// The node reads all partitions all the time; the member forgets those that are none of its.
void cluster_membership::begin_reading(runtime::partition_index partition) {
  const auto held = holders_.find(partition);
  if (held != holders_.end() && !MUTANT("holder-told-once"))
    member_.on_holder(partition, held->second, now());
  member_.on_warm(partition, now());
}

/// Of those too that it has nothing to do with.
void cluster_membership::tell_all() {
  told_all_ = true;
  for (const auto& [partition, role] : member_.roles())
    want_(partition, {to_partition_want(role.owns), role.from, member_.folded().applied()});
}

/// What fails is appended again by the member, which has not read it.
void cluster_membership::append(std::string record,
                                std::function<void(const runtime::error&)> failed) {
  runtime::append_request request;
  request.entries.push_back({cluster_partition, 0, static_cast<std::uint32_t>(record.size())});
  request.bytes = std::move(record);
  if (failed) {
    request.completion = [failed = std::move(failed)](const auto& landed) {
      if (!landed) failed(landed.error());
    };
  }
  services_.log.submit(std::move(request));
}

void cluster_membership::show_fold(
    const std::function<void(const runtime::membership::cluster_state&)>& to) const {
  const std::scoped_lock lock(mutex_);
  to(member_.folded());
}

member_condition cluster_membership::condition() const {
  const std::scoped_lock lock(mutex_);
  return broken_ ? member_condition::stopped : member_.condition();
}

std::optional<runtime::error> cluster_membership::problem() const {
  const std::scoped_lock lock(mutex_);
  return broken_ ? broken_ : member_.problem();
}

bool cluster_membership::loaded() const {
  const std::scoped_lock lock(mutex_);
  return member_.folded().loaded();
}

std::map<std::string, runtime::membership::cluster_namespace> cluster_membership::namespaces()
    const {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, runtime::membership::cluster_namespace> found;
  for (const auto& space : options_.namespaces) {
    const auto* known = member_.folded().find_namespace(space.name);
    if (known == nullptr) return {};
    found.emplace(space.name, *known);
  }
  return found;
}

bool cluster_membership::has_successor() const {
  const std::scoped_lock lock(mutex_);
  const auto self = member_.self();
  return std::ranges::any_of(member_.folded().members(), [this, self](const auto& entry) {
    const auto& other = entry.second;
    return entry.first != self && !other.leaving &&
           !member_.folded().find_node(other.node)->drained &&
           std::ranges::any_of(options_.namespaces,
                               [&other](const auto& mine) { return other.serves(mine.name); });
  });
}

void cluster_membership::drain(const std::string& node, runtime::membership::drain_wish wish,
                               runtime::reply_to<runtime::drain_reply> reply) {
  const std::scoped_lock lock(mutex_);
  if (broken_) return reply(std::unexpected(*broken_));
  auto record = runtime::membership::drain_record(member_.folded(), node, wish);
  if (!record) return reply(std::unexpected(record.error()));
  const bool drained = wish == runtime::membership::drain_wish::drain;
  const auto number = ++last_drain_;
  drains_[number] = {{node, drained,
                      drained ? runtime::membership::namespaces_only_of(member_.folded(), node)
                              : std::vector<std::string>{}},
                     std::move(reply)};
  append(*std::move(record), [this, number](const auto& why) { refuse_drain(number, why); });
}

void cluster_membership::refuse_drain(std::uint64_t number, const runtime::error& why) {
  const std::scoped_lock lock(mutex_);
  if (auto found = drains_.extract(number); found)
    found.mapped().reply(runtime::fail(
        runtime::errc::unavailable,
        fmt::format("the cluster log has not taken it ({}): ask again", why.message)));
}

/// Nothing is read any more: whoever waits hears why.
void cluster_membership::refuse_drains(const runtime::error& why) {
  for (const auto& [number, waiting] : std::exchange(drains_, {}))
    waiting.reply(std::unexpected(why));
}

void cluster_membership::answer_drains(const runtime::membership::node_drained& what) {
  std::erase_if(drains_, [&what](const auto& entry) {
    const auto& [done, reply] = entry.second;
    if (done.node != what.node) return false;
    if (done.drained == what.drained) {
      reply(done);
    } else {
      reply(runtime::fail(runtime::errc::failed_state,
                          fmt::format("somebody else has just said the contrary of node '{}': look "
                                      "at `perdure cluster status`, then ask again",
                                      what.node)));
    }
    return true;
  });
}

}  // namespace perdure::actors
