#include "tests/sim/brokers.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/bundling_side.hpp"
#include "transport/kafka/bundle_format.hpp"

namespace perdure::sim {

using runtime::errc;
using runtime::expected;
using runtime::fail;
using runtime::offset;

broker_manners drawn_brokers(testing::dice& chance) {
  broker_manners how;
  constexpr std::size_t sizes[] = {64 << 10, 900 << 10, whole_bundle};
  how.bundle_bytes = sizes[chance.below(std::size(sizes))];
  constexpr std::uint64_t tails[] = {0, 0, 1'000, 100'000};
  how.tail_bytes = tails[chance.below(std::size(tails))];
  if (chance.happens(.3)) how.away = chance.happens(.3) ? .002 : .0003;
  if (chance.happens(.5)) how.again = .05;
  return how;
}

brokers::brokers(world& in, log_manners how, const broker_manners& their, std::size_t partitions,
                 shared_log::hears landed)
    : world_(in), how_(how), their_(their), landed_(std::move(landed)), partitions_(partitions) {}

std::unique_ptr<log_of_life> brokers::open(const life_ptr& whose, machine& on,
                                           runtime::opening_fold& fold) {
  if (is_away()) throw cannot_open("no broker has given anything");
  return std::make_unique<bundling_side>(world_, *this, whose, on, fold);
}

/// What of it is on its way lands, or does not, as if it were there.
void brokers::abandon(const life_ptr& whose) { readers_.erase(whose->number()); }

void brokers::end_faults() {
  how_.refused = how_.unknown_landed = how_.unknown_lost = how_.late = how_.copied = 0;
  how_.read_failed = 0;
  their_.away = 0;
}

bool brokers::is_away() const {
  return std::ranges::any_of(
      partitions_, [this](const partition& one) { return world_.now() < one.away_until; });
}

void brokers::fault() {
  if (their_.away > 0 && world_.faults.happens(their_.away) && !is_away()) go_away();
}

/// For a second or for minutes; all of them, or the leaders of some.
void brokers::go_away() {
  const auto lasts = runtime::milliseconds(std::int64_t{1'000} << world_.faults.below(7));
  const auto until = world_.now() + lasts;
  const bool all = world_.faults.happens(.5);
  for (auto& one : partitions_) {
    if (all || world_.faults.happens(.4)) one.away_until = until;
  }
  if (all) all_away_until_ = until;
  ++outages_;
  world_.note("{} away for {:.1f} s", all ? "all brokers are" : "leaders of some partitions are",
              static_cast<double>(lasts.us) / 1e6);
  world_.in(lasts, nullptr, [this] {
    ++outages_;
    world_.note("the brokers are back");
    announce();
  });
}

void brokers::send(const life_ptr& whose, std::size_t partition, std::string bytes, report told) {
  arrive_later(
      {whose, partition, std::make_shared<const std::string>(std::move(bytes)), std::move(told)});
}

void brokers::arrive_later(const bundle& one) {
  const auto away =
      std::max(runtime::duration{}, partitions_[one.partition].away_until - world_.now());
  world_.in({away.us + world_.drawn(how_.write, how_.write_jitter).us}, nullptr,
            [this, one] { arrive(one); });
}

void brokers::arrive(const bundle& one) {
  if (is_away(one.partition)) return arrive_later(one);
  const auto& to = partitions_[one.partition];
  // A topic made anew does not know the producers of the old one; nobody sends again for the dead.
  const bool strange =
      to.is_anew && (to.strangers.contains(one.writer->number()) || !one.writer->alive());
  const bool refused = world_.faults.happens(how_.refused) || strange;
  const bool lost = !refused && world_.faults.happens(how_.unknown_lost);
  const auto some_time_later = [this] {
    return runtime::duration{
        world_.faults.between(0, std::int64_t{1} << world_.faults.between(8, 24))};
  };
  const auto again = [this, one] { land(one); };
  if (refused) return tell(one, fail(errc::unavailable, "the simulated broker refused it"));
  if (lost) {
    if (world_.faults.happens(how_.late)) world_.in(some_time_later(), nullptr, again);
    return tell(one, fail(errc::outcome_unknown, "the simulated broker is silent"));
  }
  const auto at = land(one);
  if (world_.faults.happens(how_.copied)) world_.in(some_time_later(), nullptr, again);
  if (world_.faults.happens(how_.unknown_landed))
    return tell(one, fail(errc::outcome_unknown, "the answer was lost"));
  tell(one, at);
}

std::int64_t brokers::land(const bundle& one) {
  auto& to = partitions_[one.partition];
  if (how_.gap != 0) to.end += static_cast<std::int64_t>(world_.faults.below(how_.gap + 1));
  const auto at = to.end++;
  to.bundles.push_back({at, one.bytes});
  const auto decoded = transport::decode_bundle(*one.bytes);
  if (!decoded) throw std::logic_error("a node has sent what is no bundle");
  // Said here as docs/formats/bundle.md has it, not by the product's own.
  auto next = (static_cast<std::uint64_t>(at) + 1) << 16;
  for (const auto record : decoded->records) {
    records_.push_back({runtime::partition_index(static_cast<std::uint32_t>(one.partition)),
                        offset(next++),
                        {one.bytes, record}});
    world_.trace(runtime::hash_bytes(record, records_.back().at.value).value);
    landed_(records_.back(), *one.writer);
  }
  announce();
  return at;
}

void brokers::tell(const bundle& one, const expected<std::int64_t>& what) {
  world_.in(world_.drawn(how_.read, how_.read_jitter), one.writer,
            [told = one.told, what] { told(what); });
}

std::vector<life_ptr> brokers::lose_end(std::size_t partition, std::size_t count) {
  auto& of = partitions_[partition];
  const auto left = of.bundles.size() - std::min(count, of.bundles.size());
  of.end = left == of.bundles.size() ? of.end : of.bundles[left].at;
  if (left == 0) of.end = 0;
  of.is_anew = left == 0;
  of.bundles.resize(left);
  of.lost = true;
  std::vector<life_ptr> had_read;
  for (const auto& [number, one] : readers_) {
    if (one.through(partition) < of.end) continue;
    had_read.push_back(one.whose);
    of.strangers.insert(number);
  }
  of.away_until = std::max(
      of.away_until, world_.now() + world_.drawn(runtime::milliseconds(100), runtime::seconds(3)));
  world_.in(of.away_until - world_.now(), nullptr, [this] { announce(); });
  return had_read;
}

void brokers::listen(const life_ptr& whose, std::function<void()> fetch,
                     std::function<std::int64_t(std::size_t)> through) {
  readers_[whose->number()] = {whose, std::move(fetch), std::move(through)};
  announce();
}

void brokers::announce() {
  for (auto& [number, one] : readers_) {
    if (std::exchange(one.coming, true)) continue;
    world_.in(world_.drawn(how_.read, how_.read_jitter), one.whose, [this, number = number] {
      const auto found = readers_.find(number);
      if (found == readers_.end()) return;
      found->second.coming = false;
      found->second.fetch();
    });
  }
}

}  // namespace perdure::sim
