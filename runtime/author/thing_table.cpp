#include "runtime/author/thing_table.hpp"

namespace perdure::detail {

runtime::thing_number thing_table::add(counted_ptr<future> thing) {
  trim();
  things_.push_back(std::move(thing));
  return last();
}

runtime::thing_number thing_table::last() const {
  return runtime::thing_number(cut_ + static_cast<std::uint32_t>(things_.size()));
}

counted_ptr<future> thing_table::take(runtime::thing_number number) {
  if (find(number) == nullptr) {
    return {};
  }
  return std::move(things_[number.value - cut_ - 1]);
}

future* thing_table::find(runtime::thing_number number) const {
  if (number.value <= cut_ || number > last()) {
    return nullptr;
  }
  return things_[number.value - cut_ - 1].get();
}

void thing_table::trim() {
  while (front_ < things_.size() && !things_[front_]) {
    ++front_;
  }
  if (front_ == things_.size() || front_ >= 256) {
    things_.erase(things_.begin(), things_.begin() + static_cast<std::ptrdiff_t>(front_));
    cut_ += static_cast<std::uint32_t>(front_);
    front_ = 0;
  }
}

}  // namespace perdure::detail
