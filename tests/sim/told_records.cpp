#include "tests/sim/told_records.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/violated.hpp"

namespace perdure::sim {

using runtime::errc;
using runtime::log_record;
using runtime::offset;

namespace {

/// But for where they lie.
bool equal(const log_record& one, const log_record& other) {
  return one.partition == other.partition && one.bytes.view() == other.bytes.view();
}

template <class... Args>
void promise(bool holds, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) [[unlikely]]
    throw violated("the embedded log: " + fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace

std::uint64_t told_records::give(const runtime::append_request& request) {
  const auto bytes = std::make_shared<const std::string>(request.bytes);
  auto& taken = given_.emplace_back(++numbers_);
  for (const auto& entry : request.entries) {
    taken.records.push_back(
        {entry.partition, {}, {bytes, std::string_view(*bytes).substr(entry.begin, entry.length)}});
  }
  return taken.number;
}

void told_records::answered(std::uint64_t number, const runtime::expected<offset>& what) {
  const auto found = std::ranges::find(given_, number, &given::number);
  if (what) {
    const auto told = unanswered_.extract(number);
    promise(!told.empty(), "it answered with offset {} before it told what is durable", *what);
    return promise(told.mapped() == *what, "it answered with offset {}, not {}", *what,
                   told.mapped());
  }
  promise(found != given_.end(), "it refused what it has told: {}", what.error().message);
  const bool may_be_there = what.error().code == errc::outcome_unknown;
  if (!may_be_there) given_.erase(found);
}

void told_records::take(const log_record& record) {
  promise(record.at.value == all_.size() + 1, "offset {} follows offset {}", record.at,
          all_.size());
  promise(!given_.empty(), "nobody gave it what lies at offset {}", record.at);
  auto& next = given_.front();
  promise(equal(record, next.records[next.told]), "at offset {} lies another record than it got",
          record.at);
  all_.push_back(record);
  if (++next.told == next.records.size()) {
    unanswered_[next.number] = offset(all_.size() + 1 - next.told);
    given_.pop_front();
  }
  landed_(record);
}

void told_records::durable(std::span<const log_record> records) {
  for (const auto& record : records) take(record);
  promise(given_.empty() || given_.front().told == 0, "a part of a request is durable");
}

void told_records::trim(offset before) {
  floor_ = std::max(floor_, std::min(before, offset(all_.size() + 1)));
}

bool told_records::is_told(const log_record& record) const {
  const auto index = record.at.value - 1;
  return index < all_.size() && equal(all_[index], record);
}

void told_records::check_read(question then, runtime::partition_index partition, offset after,
                              std::size_t limit_bytes, std::span<const log_record> found) const {
  std::size_t seen = 0, bytes = 0;
  const auto is_full = [&] { return seen > 0 && bytes >= limit_bytes; };
  for (auto i = after.value; i < then.told && !is_full(); ++i) {
    if (all_[i].partition != partition) continue;
    // Of a partition all of which was trimmed it need not know that it ever was.
    if (found.empty() && i + 1 < then.floor.value) continue;
    promise(seen < found.size(), "it leaves out the record at offset {}", i + 1);
    promise(found[seen].at.value == i + 1 && is_told(found[seen]),
            "it reads another record at offset {} than the one at {}", found[seen].at, i + 1);
    bytes += found[seen++].bytes.size();
  }
  promise(seen == found.size(), "it reads {} records more than there are", found.size() - seen);
}

void told_records::check_read_at(std::span<const offset> asked,
                                 std::span<const log_record> found) const {
  promise(found.size() == asked.size(), "it reads {} records, not {}", found.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    promise(found[i].at == asked[i] && is_told(found[i]), "it reads another record at offset {}",
            asked[i]);
  }
}

void told_records::compare(std::span<const log_record> shown, std::size_t least) const {
  const auto begin = shown.empty() ? floor_.value : shown.front().at.value;
  promise(begin <= floor_.value, "it begins with offset {}, but was trimmed before {} only", begin,
          floor_);
  promise(begin - 1 + shown.size() >= least, "it shows records to {}, durable were those to {}",
          begin - 1 + shown.size(), least);
  std::size_t seen = 0;
  const auto next = [&]() -> const log_record* {
    return seen < shown.size() ? &shown[seen] : nullptr;
  };
  const auto same = [&](const log_record& one) {
    promise(next()->at.value == begin + seen, "it shows offset {} behind {}", next()->at,
            begin + seen - 1);
    promise(equal(one, *next()), "it shows another record at offset {} than it told", next()->at);
    ++seen;
  };
  for (auto i = begin - 1; i < all_.size() && next() != nullptr; ++i) same(all_[i]);
  for (const auto& request : given_) {
    for (std::size_t i = 0; i < request.records.size(); ++i) {
      promise(next() != nullptr || i == 0, "it shows a part of a request");
      if (next() == nullptr) return;
      same(request.records[i]);
    }
  }
  promise(next() == nullptr, "it shows {} records more than it was given", shown.size() - seen);
}

void told_records::opened(std::span<const log_record> shown) {
  compare(shown, all_.size());
  const auto first = shown.empty() ? floor_.value : shown.front().at.value;
  promise(first >= first_shown_, "offset {} is there again, though {} was trimmed", first,
          first_shown_);
  first_shown_ = first;
  const auto known = std::min<std::size_t>(shown.size(), all_.size() + 1 - first);
  for (const auto& record : shown.subspan(known)) take(record);
  given_.clear();
  unanswered_.clear();
}

}  // namespace perdure::sim
