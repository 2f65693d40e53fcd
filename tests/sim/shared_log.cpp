#include "tests/sim/shared_log.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "runtime/command.hpp"

namespace perdure::sim {

using runtime::append_request;
using runtime::errc;
using runtime::expected;
using runtime::fail;
using runtime::log_record;
using runtime::offset;

shared_log::shared_log(world& in, log_manners how, hears landed)
    : world_(in), how_(how), landed_(std::move(landed)) {}

const log_record* shared_log::find(offset at) const {
  const auto found = std::ranges::lower_bound(records_, at, {}, &log_record::at);
  return found == records_.end() || found->at != at ? nullptr : &*found;
}

void shared_log::end_faults() {
  how_.refused = how_.unknown_landed = how_.unknown_lost = how_.late = how_.copied = 0;
  how_.read_failed = 0;
}

void shared_log::submit(const life_ptr& whose, append_request request) {
  const auto takes = world_.drawn(how_.write, how_.write_jitter);
  if (how_.atomic) {
    auto& waiting = waiting_[whose->number()];
    waiting.push_back(std::move(request));
    if (waiting.size() == 1) world_.in(takes, whose, [this, whose] { write_all(whose); });
    return;
  }
  // Nobody's event: what has been sent lands even if its writer is no more.
  auto& last = line_of(whose, request).lands;
  last = std::max({last, world_.now() + takes, away_until_});
  world_.in(last - world_.now(), nullptr,
            [this, whose, request = std::move(request)] { write_one(whose, request); });
}

void shared_log::abandon(const life_ptr& whose) {
  readers_.erase(whose->number());
  const auto found = waiting_.find(whose->number());
  if (found == waiting_.end()) return;
  const auto landing = world_.faults.below(found->second.size() + 1);
  for (std::size_t i = 0; i < landing; ++i)
    land(*whose, found->second[i], found->second[i].entries.size());
  waiting_.erase(found);
}

void shared_log::listen(life_ptr whose, std::size_t heard, runtime::log_listener& who) {
  const auto number = whose->number();
  readers_[number] = {std::move(whose), heard, &who};
  announce();
}

void shared_log::forget(const life_ptr& whose) { readers_.erase(whose->number()); }

offset shared_log::land(const life& writer, const append_request& request, std::size_t records) {
  const auto bytes = std::make_shared<const std::string>(request.bytes);
  offset first;
  for (const auto& entry : std::views::take(request.entries, records)) {
    const auto gap = how_.gap == 0 ? 0 : world_.faults.below(how_.gap + 1);
    end_ = offset(end_.value + 1 + gap);
    if (first == offset{}) first = end_;
    records_.push_back({entry.partition,
                        end_,
                        {bytes, std::string_view(*bytes).substr(entry.begin, entry.length)}});
    world_.trace(runtime::hash_bytes(records_.back().bytes.view(), end_.value).value);
    landed_(records_.back(), writer);
  }
  announce();
  return first;
}

void shared_log::write_all(const life_ptr& whose) {
  const auto requests = std::exchange(waiting_[whose->number()], {});
  std::vector<offset> places;
  for (const auto& request : requests)
    places.push_back(land(*whose, request, request.entries.size()));
  deliver(whose->number());  // an own record is heard of before its append is known to have landed
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (whose->alive() && requests[i].completion) requests[i].completion(places[i]);
  }
}

/// As likely within a millisecond as between ten and twenty seconds.
runtime::duration shared_log::some_time_later() {
  return {world_.faults.between(0, std::int64_t{1} << world_.faults.between(8, 24))};
}

void shared_log::write_one(const life_ptr& whose, const append_request& request) {
  const bool refused = world_.faults.happens(how_.refused);
  const bool lost = !refused && world_.faults.happens(how_.unknown_lost);
  if (refused || lost) {
    const auto landing = world_.faults.below(request.entries.size());
    land(*whose, request, landing);
    if (lost && world_.faults.happens(how_.late)) {
      auto rest = request;
      rest.entries.erase(rest.entries.begin(),
                         rest.entries.begin() + static_cast<std::ptrdiff_t>(landing));
      world_.in(some_time_later(), nullptr,
                [this, whose, rest = std::move(rest)] { land(*whose, rest, rest.entries.size()); });
    }
    return tell(whose, request,
                refused ? fail(errc::unavailable, "the simulated broker refused it")
                        : fail(errc::outcome_unknown, "the simulated broker is silent"));
  }
  const auto where = land(*whose, request, request.entries.size());
  if (world_.faults.happens(how_.copied)) {
    world_.in(some_time_later(), nullptr,
              [this, whose, request] { land(*whose, request, request.entries.size()); });
  }
  const bool silent = world_.faults.happens(how_.unknown_landed);
  tell(whose, request,
       silent ? fail(errc::outcome_unknown, "the answer was lost") : expected<offset>(where));
}

void shared_log::tell(const life_ptr& whom, const append_request& request, expected<offset> what) {
  if (!request.completion) return;
  auto& last = line_of(whom, request).told;
  last = std::max(last, world_.now() + world_.drawn(how_.read, how_.read_jitter));
  world_.in(last - world_.now(), whom,
            [how = request.completion, what = std::move(what)] { how(what); });
}

void shared_log::announce() {
  for (auto& [number, one] : readers_) {
    if (one.coming || one.heard == records_.size()) continue;
    one.coming = true;
    world_.in(world_.drawn(how_.read, how_.read_jitter), one.whose,
              [this, number = number] { deliver(number); });
  }
}

void shared_log::deliver(std::uint64_t life) {
  const auto found = readers_.find(life);
  if (found == readers_.end()) return;
  auto& one = found->second;
  if (world_.now() < away_until_) {
    return world_.in(away_until_ - world_.now(), one.whose, [this, life] { deliver(life); });
  }
  one.coming = false;
  const auto news = std::span(records_).subspan(std::exchange(one.heard, records_.size()));
  if (!news.empty()) one.who->on_durable(news);
}

void node_log::submit(append_request request) {
  if (world_.still_alive(whose_)) of_.submit(whose_, std::move(request));
}

expected<std::vector<log_record>> node_log::read(runtime::partition_index partition, offset after,
                                                 std::size_t limit_bytes) {
  std::vector<log_record> found;
  std::size_t bytes = 0;
  for (const auto& record : of_.records()) {
    if (record.partition != partition || record.at <= after) continue;
    found.push_back(record);
    bytes += record.bytes.size();
    if (bytes >= limit_bytes) break;
  }
  return found;
}

expected<std::vector<log_record>> node_log::read_at(runtime::partition_index partition,
                                                    std::span<const offset> offsets) {
  if (!world_.still_alive(whose_)) return fail(errc::unavailable, "the node is no more");
  if (of_.fails_to_read()) return fail(errc::unavailable, "the simulated broker is away");
  std::vector<log_record> found;
  for (const auto at : offsets) {
    const auto* record = of_.find(at);
    if (record == nullptr || record->partition != partition)
      return fail(errc::corrupt, fmt::format("p{} has no record at offset {}", partition, at));
    found.push_back(*record);
  }
  return found;
}

offset node_log::end(runtime::partition_index partition) const {
  const auto backwards = std::views::reverse(of_.records());
  const auto last = std::ranges::find(backwards, partition, &log_record::partition);
  return last == backwards.end() ? offset{} : last->at;
}

std::unique_ptr<log_of_life> shared_log::open(const life_ptr& whose, machine& on,
                                              runtime::opening_fold& fold) {
  return std::make_unique<shared_life>(world_, *this, whose, on, fold);
}

shared_life::shared_life(world& in, shared_log& of, life_ptr whose, machine& on,
                         runtime::opening_fold& fold)
    : of_(of),
      whose_(std::move(whose)),
      machine_(on),
      known_(of.records().size()),
      log_(in, of, whose_) {
  notes_.begin_after(std::exchange(on.page, std::nullopt));
  fold.read(of.records());
}

void shared_life::forget() {
  machine_.page = page_ ? std::move(page_) : notes_.leaves();
  of_.forget(whose_);
}

}  // namespace perdure::sim
