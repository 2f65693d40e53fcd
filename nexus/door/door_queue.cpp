#include "nexus/door/door_queue.hpp"

#include <algorithm>
#include <utility>

namespace perdure::nexus {

void door_queue::add(runtime::foreign_message message, runtime::timestamp now) {
  auto& entries = channels_[{message.source, message.target}];
  const auto [found, fresh] = entries.try_emplace(message.number);
  auto& one = found->second;
  if (fresh) {
    one.came = now;
    ++size_;
  }
  one.message = std::move(message);
  one.version = ++last_version_;
}

const door_wire::Delivery& door_queue::next_delivery(const delivery_limits& limits) {
  delivery_.Clear();
  sent_.clear();
  const auto first = std::as_const(channels_).upper_bound(last_first_);
  std::size_t bytes = 0;
  bool room = true;
  for (auto one = first; room && one != channels_.end(); ++one)
    room = add_channel(one->first, one->second, limits, bytes);
  for (auto one = channels_.cbegin(); room && one != first; ++one)
    room = add_channel(one->first, one->second, limits, bytes);
  if (!sent_.empty()) last_first_ = sent_.front().of;
  return delivery_;
}

/// False: no more fits.
bool door_queue::add_channel(const channel& of, const channel_entries& entries,
                             const delivery_limits& limits, std::size_t& bytes) {
  for (const auto& [number, one] : entries) {
    const auto& record = one.message.record;
    if (!sent_.empty() && (sent_.size() >= limits.entries || bytes + record.size() > limits.bytes))
      return false;
    bytes += record.size();
    auto& out = *delivery_.add_entries();
    out.set_partition(of.target.value);
    out.set_record(record);
    sent_.push_back({of, number, one.version});
  }
  return true;
}

std::vector<std::function<void()>> door_queue::take_landed(const door_wire::Receipt& receipt) {
  std::map<std::uint32_t, std::uint32_t> durable;
  for (const auto& of : receipt.durable()) durable[of.partition()] = of.entries();
  std::vector<std::function<void()>> landed;
  for (const auto& [of, number, version] : std::exchange(sent_, {})) {
    auto& left = durable[of.target.value];
    if (left == 0) continue;
    --left;
    const auto entries = channels_.find(of);
    const auto one = entries->second.find(number);
    // A later owner has sent it again meanwhile: what landed may have been a gap before its time.
    if (one->second.version != version) continue;
    landed.push_back(std::move(one->second.message.landed));
    entries->second.erase(one);
    --size_;
    if (entries->second.empty()) channels_.erase(entries);
  }
  delivery_.Clear();
  return landed;
}

runtime::timestamp door_queue::oldest() const {
  runtime::timestamp oldest;
  for (const auto& [of, entries] : channels_) {
    for (const auto& [number, one] : entries) {
      if (oldest.us == 0 || one.came < oldest) oldest = one.came;
    }
  }
  return oldest;
}

}  // namespace perdure::nexus
