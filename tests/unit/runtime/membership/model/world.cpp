#include "tests/unit/runtime/membership/model/world.hpp"

#include <algorithm>

#include "runtime/command.hpp"
#include "runtime/invariant.hpp"

namespace perdure::runtime::membership::model {

world::world(const options& how)
    : how_(how), chance_(how.seed), clocks_(how.seed * 3 + 1), audit_(how_, dice(how.seed + 7)) {
  audit_.true_clocks = how_.true_clocks;
  audit_.is_well = [this](session_id session) {
    const auto* who = find(session);
    return who != nullptr && is_well(*who);
  };
  for (std::size_t i = 0; i < how_.nodes; ++i) {
    auto& [weight, serves] = nodes_[fmt::format("n{}", i)];
    weight = static_cast<std::uint32_t>(chance_.between(1, 3));
    for (const auto& space : how_.namespaces) {
      if (chance_.happens(.8)) serves.push_back(space.name);
    }
    if (serves.empty()) serves.push_back(how_.namespaces[0].name);
  }
}

void world::story_to(std::vector<std::string>& lines) {
  story_ = &lines;
  audit_.story_to(lines);
}

void world::note(const std::string& what) {
  if (story_ != nullptr) story_->push_back(fmt::format("{:6} {}", (now_ - begin).us / 1'000, what));
}

void world::run() {
  for (int i = 0; i < how_.chaos; ++i) {
    step();
    fault();
  }
  end_faults();
  expect_order();
  kill_one_and_watch();
}

void world::step() {
  now_ = now_ + tick;
  audit_.now = now_;
  land_what_is_due();
  for (std::size_t i = 0; i < processes_.size(); ++i) live(*processes_[i]);
  std::erase_if(processes_,
                [](const auto& who) { return who->acts.condition() == member_condition::left; });
}

/// What becomes of an append.
void world::send(process& from, flight what) {
  what.lands = now_ + tick;
  if (chance_.happens(.3)) what.lands = what.lands + tick;
  if (from.cut_until > now_) what.lands = from.cut_until + tick;
  if (faults_ && chance_.happens(how_.rate.copy)) {
    auto copy = what;
    copy.lands = what.lands + milliseconds(chance_.between(1, 4'000));
    flights_.push_back(std::move(copy));
  }
  if (faults_ && chance_.happens(how_.rate.lose)) {
    from.trouble = now_;
    return;
  }
  if (faults_ && chance_.happens(how_.rate.late)) {
    from.trouble = now_;
    what.lands = now_ + milliseconds(chance_.between(100, 5'000));
  }
  flights_.push_back(std::move(what));
}

void world::land_what_is_due() {
  if (outage_until_ > now_) return;
  std::vector<flight> due;
  for (auto& flies : flights_) {
    if (flies.lands <= now_) due.push_back(std::move(flies));
  }
  std::erase_if(flights_, [&](const flight& flies) { return flies.lands <= now_; });
  chance_.shuffle(due);
  for (auto& lands : due) {
    if (lands.mailbox) {
      land(lands.mailbox, lands.claim);
    } else {
      land(lands.bytes);
    }
  }
}

void world::land(const std::string& bytes) {
  next_offset_ += chance_.happens(.1) ? 1 + chance_.below(3) : 0;  // gaps are legal
  const offset at(next_offset_++);
  const auto decoded = decoder_.decode(at, payload(bytes));
  INVARIANT(decoded.has_value(), "{}", decoded.error().message);
  auto& entry = log_.emplace_back();
  entry.header.reset(decoded->header->New());
  entry.header->CopyFrom(*decoded->header);
  entry.record = {at, decoded->view, entry.header.get()};
  entry.landed = now_;
  audit_.land(entry.record, hash_bytes(bytes));
}

void world::land(partition_index partition, const mailbox_record& record) {
  auto& folded = holders_[partition];
  const auto from = folded.holder;
  mailboxes_[partition].push_back(record);
  const bool counts = folded.apply(record);
  if (record.what == mailbox_record::sort::claim) ++claims_;
  note(fmt::format("partition {}: {} by {}{}", partition,
                   record.what == mailbox_record::sort::claim ? "claim" : "handed over",
                   record.session, counts ? "" : ", void"));
  if (counts && record.what == mailbox_record::sort::claim && from && from != record.session)
    audit_.on_taken(partition, record.session, from, record.view);
}

}  // namespace perdure::runtime::membership::model
