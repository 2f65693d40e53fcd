#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace perdure::runtime {

/// Bytes that are written once and then only looked at: a view, and what keeps it alive (a batch
/// read from the log, a string that a step returned). Copying shares. Never re-encoded on its way
/// from a step's return to the next owner's replay.
class payload {
 public:
  payload() = default;
  explicit payload(std::string bytes) {
    auto owned = std::make_shared<const std::string>(std::move(bytes));
    view_ = *owned;
    keeper_ = std::move(owned);
  }
  /// `view` lies within what `keeper` keeps alive.
  payload(std::shared_ptr<const void> keeper, std::string_view view)
      : keeper_(std::move(keeper)), view_(view) {}

  std::string_view view() const { return view_; }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  const std::shared_ptr<const void>& keeper() const { return keeper_; }
  bool operator==(const payload& other) const { return view_ == other.view_; }

 private:
  std::shared_ptr<const void> keeper_;
  std::string_view view_;
};

}  // namespace perdure::runtime
