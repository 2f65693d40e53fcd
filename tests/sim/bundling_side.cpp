#include "tests/sim/bundling_side.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/violated.hpp"

namespace perdure::sim {

using runtime::append_request;
using runtime::errc;
using runtime::expected;
using runtime::fail;
using runtime::log_record;
using runtime::offset;
using runtime::partition_index;
using transport::kafka_partition;

namespace {

/// One topic; Kafka's numbers are the installation's indexes.
std::vector<transport::kafka_topic> topics_of(std::size_t partitions) {
  transport::kafka_topic topic{"sim", {}, {}};
  for (std::uint32_t i = 0; i < partitions; ++i) topic.partitions.emplace_back(i);
  return {topic};
}

}  // namespace

bundling_side::bundling_side(world& in, brokers& of, life_ptr whose, machine& on,
                             runtime::opening_fold& fold)
    : world_(in),
      of_(of),
      whose_(std::move(whose)),
      machine_(on),
      product_(topics_of(of.partitions()), {of.their().bundle_bytes, whose_->number(),
                                            of.their().tail_bytes, of.their().bundle_wait}),
      check_(*this, product_.layout(), product_.tail()),
      next_(of.partitions()) {
  notes_.begin_after(std::exchange(on.page, std::nullopt));
  for (std::size_t i = 0; i < next_.size(); ++i) {
    for (const auto& one : of_.bundles(i)) {
      const auto read = product_[i].take_in(one.at, *one.bytes, machine_.clock.monotonic());
      if (!read) throw violated("a bundle cannot be read: " + read.error().message);
      if (*read) fold.read((*read)->records);
      next_[i] = one.at + 1;
    }
  }
}

void bundling_side::listen(runtime::log_listener& who) {
  node_ = &who;
  of_.listen(
      whose_, [this] { fetch_on(); },
      [this](std::size_t partition) { return product_.tail().last(partition).bundle; });
  look_later();
}

void bundling_side::forget() {
  node_ = nullptr;
  machine_.page = page_ ? std::move(page_) : notes_.leaves();
  of_.abandon(whose_);
}

/// An outcome that names a record is looked up: it must stand there. What may have landed is never
/// told as failed.
void bundling_side::submit(append_request request) {
  if (!world_.still_alive(whose_)) return;
  const auto& first = request.entries.front();
  request.completion = [this, partition = first.partition,
                        bytes = request.bytes.substr(first.begin, first.length),
                        alone = request.entries.size() == 1,
                        done = std::move(request.completion)](const expected<offset>& outcome) {
    if (node_ == nullptr || !whose_->alive()) return;
    if (outcome) check_place(partition, *outcome, bytes);
    if (!outcome && alone && may_have_landed_ && outcome.error().code != errc::outcome_unknown)
      throw violated("told as failed, and may have landed: " + outcome.error().message);
    if (done) done(outcome);
  };
  product_.take(std::move(request));
  wake();
}

void bundling_side::check_place(partition_index partition, offset at,
                                std::string_view bytes) const {
  if (of_.has_lost(partition.value)) return;
  const auto& bundles = of_.bundles(partition.value);
  const auto place = static_cast<std::int64_t>(at.value >> 16) - 1;
  const auto found = std::ranges::lower_bound(bundles, place, {}, &brokers::kept::at);
  if (found != bundles.end() && found->at == place) {
    const auto kept = transport::decode_bundle(*found->bytes);
    const auto index = at.value & 0xFFFF;
    if (index < kept->records.size() && kept->records[index] == bytes) return;
  }
  throw violated(fmt::format("p{}@{} is not the record that was appended there", partition, at));
}

void bundling_side::wake() {
  const auto next = product_.next_send();
  if (!next || (wakes_ && *wakes_ <= *next)) return;
  wakes_ = next;
  const auto wait = machine_.clock.until(*next);
  world_.in({wait.us + world_.drawn({0}, {50}).us}, whose_, [this, next = *next] {
    if (wakes_ == next) wakes_.reset();
    if (node_ != nullptr) send_waiting();
  });
}

void bundling_side::send_waiting() {
  const auto now = machine_.clock.monotonic();
  for (auto& from : product_.partitions()) {
    const auto next = from.next_send();
    if (!next || *next > now || from.load(product_.next_identity(), now).empty()) continue;
    of_.send(whose_, from.number(), from.bundle(),
             [this, number = from.number()](const auto& at) { on_report(number, at); });
  }
  wake();
}

void bundling_side::on_report(std::size_t partition, const expected<std::int64_t>& at) {
  if (node_ == nullptr) return;
  may_have_landed_ = !at && at.error().code == errc::outcome_unknown;
  const auto read = heed(partition, product_[partition].settle(at, machine_.clock.monotonic()));
  may_have_landed_ = false;
  if (node_ != nullptr && read) node_->on_durable(read->records);
  if (read) look_later();
  wake();
}

/// What is no longer as it was read is told to the node, and nothing else is.
bundling_side::held_bundle bundling_side::heed(std::size_t partition, expected<held_bundle> read) {
  if (read) return *std::move(read);
  lose(partition, read.error());
  return nullptr;
}

void bundling_side::lose(std::size_t partition, const runtime::error& why) {
  if (!of_.has_lost(partition)) throw violated("the log has lost nothing: " + why.message);
  if (!product_[partition].lose(why)) return;
  world_.note("node {} finds out: {}", whose_->node(), why.message);
  if (node_ != nullptr) node_->on_lost(partition_index(static_cast<std::uint32_t>(partition)), why);
  product_[partition].answer_waiting(why);
}

/// As the watch's thread does, each second; where nothing comes any more, not for ever.
void bundling_side::look_later() {
  constexpr unsigned enough = 7;
  looks_left_ = enough;
  if (std::exchange(looks_, true)) return;
  world_.in(runtime::seconds(1), whose_, [this] { look(); });
}

void bundling_side::look() {
  looks_ = false;
  if (node_ == nullptr) return;
  for (const auto& found : check_.look_in_turn()) lose(found.partition, *found.lost);
  const auto left = looks_left_ - 1;
  if (left == 0 && !of_.their().watched) return;
  look_later();
  looks_left_ = std::max(left, 1U);
}

/// Some of what is there, of each partition that is to be reached.
void bundling_side::fetch_on() {
  std::vector<log_record> news;
  for (std::size_t i = 0; i < next_.size(); ++i) {
    if (of_.is_away(i)) continue;
    const auto& bundles = of_.bundles(i);
    if (next_[i] > end_of(i)) {  // Kafka says: out of range
      const auto found = check_.look_at(i, transport::regress_check::thoroughness::bytes);
      if (found && found->lost) lose(i, *found->lost);
      continue;
    }
    auto one = std::ranges::lower_bound(bundles, next_[i], {}, &brokers::kept::at);
    if (one != bundles.begin() && of_.brings_again())
      one -= std::min<std::ptrdiff_t>(one - bundles.begin(), 3);
    for (; one != bundles.end(); ++one) {
      const auto read =
          heed(i, product_[i].take_in(one->at, *one->bytes, machine_.clock.monotonic()));
      if (read) news.insert(news.end(), read->records.begin(), read->records.end());
      next_[i] = one->at + 1;
    }
  }
  if (news.empty() || node_ == nullptr) return;
  node_->on_durable(news);
  look_later();
}

expected<std::vector<log_record>> bundling_side::read(partition_index partition, offset after,
                                                      std::size_t limit_bytes) {
  return product_[partition.value].read(after, limit_bytes, *this);
}

expected<std::vector<log_record>> bundling_side::read_at(partition_index partition,
                                                         std::span<const offset> offsets) {
  if (!world_.still_alive(whose_)) return fail(errc::unavailable, "the node is no more");
  return product_[partition.value].read_at(offsets, *this);
}

offset bundling_side::end(partition_index partition) const {
  return product_[partition.value].end();
}

expected<void> bundling_side::fetch(const kafka_partition& from,
                                    std::span<const std::int64_t> places, runtime::duration,
                                    const bundle_function& take) {
  if (places.empty()) return {};
  const auto number = static_cast<std::size_t>(from.number);
  if (of_.is_away(number) || of_.fails_to_read())
    return fail(errc::unavailable, "the simulated broker is away");
  const auto& bundles = of_.bundles(number);
  for (const auto at : places) {
    const auto found = std::ranges::lower_bound(bundles, at, {}, &brokers::kept::at);
    if (found == bundles.end() || found->at != at)
      return fail(errc::corrupt, fmt::format("p{} has no bundle at {}", number, at));
    auto read = transport::read_bundle_of(from, at, *found->bytes);
    if (!read) return std::unexpected(read.error());
    if (!take(*std::move(read))) break;
  }
  return {};
}

expected<void> bundling_side::fetch_on(const kafka_partition& from, std::int64_t first,
                                       std::int64_t last, runtime::duration,
                                       const bundle_function& take) {
  const auto number = static_cast<std::size_t>(from.number);
  if (of_.is_away(number)) return fail(errc::unavailable, "the simulated broker is away");
  const auto& bundles = of_.bundles(number);
  for (auto one = std::ranges::lower_bound(bundles, first, {}, &brokers::kept::at);
       one != bundles.end() && one->at <= last; ++one) {
    auto read = transport::read_bundle_of(from, one->at, *one->bytes);
    if (!read) return std::unexpected(read.error());
    if (!take(*std::move(read))) break;
  }
  return {};
}

expected<transport::bundle_source::ends> bundling_side::ends_of(const kafka_partition& of,
                                                                runtime::duration) {
  const auto number = static_cast<std::size_t>(of.number);
  if (of_.is_away(number)) return fail(errc::unavailable, "the simulated broker is away");
  return ends{0, end_of(number)};
}

std::int64_t bundling_side::end_of(std::size_t partition) const {
  const auto& bundles = of_.bundles(partition);
  return bundles.empty() ? 0 : bundles.back().at + 1;
}

}  // namespace perdure::sim
