#include "runtime/membership/heartbeat_timer.hpp"

#include <algorithm>
#include <utility>

namespace perdure::runtime::membership {

std::uint64_t heartbeat_timer::due(std::uint64_t last, bool suspected, timestamp now) {
  sent_ = std::min(sent_, now);  // the clock went back
  next_ = std::min(next_, now + interval_);
  if (flying_ == last + 1) {
    if (now < sent_ + pause(suspected)) return 0;
  } else {
    regular_ = now >= next_;
    if (!regular_ && !suspected) return 0;
    flying_ = last + 1;
  }
  sent_ = now;
  return flying_;
}

bool heartbeat_timer::on_read_back(timestamp now) {
  flying_ = 0;
  if (!std::exchange(regular_, false)) return false;
  next_ = now + interval_;
  return true;
}

void heartbeat_timer::clear() {
  flying_ = 0;
  regular_ = false;
  next_ = sent_ = {};
}

timestamp heartbeat_timer::next(bool suspected) const {
  if (flying_ != 0) return sent_ + pause(suspected);
  return suspected ? timestamp{} : next_;
}

}  // namespace perdure::runtime::membership
