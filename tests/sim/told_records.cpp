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

void told_records::compare(std::span<const log_record> shown, std::size_t least) const {
  promise(shown.size() >= least, "it shows {} records, {} were durable", shown.size(), least);
  std::size_t seen = 0;
  const auto next = [&]() -> const log_record* {
    return seen < shown.size() ? &shown[seen] : nullptr;
  };
  const auto same = [&](const log_record& one) {
    promise(next()->at.value == seen + 1, "it shows offset {} behind {}", next()->at, seen);
    promise(equal(one, *next()), "it shows another record at offset {} than it told", next()->at);
    ++seen;
  };
  for (std::size_t i = 0; i < all_.size() && next() != nullptr; ++i) same(all_[i]);
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
  for (const auto& record : shown.subspan(all_.size())) take(record);
  given_.clear();
  unanswered_.clear();
}

}  // namespace perdure::sim
