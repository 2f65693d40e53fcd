#pragma once

#include <cstdint>
#include <vector>

#include "runtime/author/counted.hpp"
#include "runtime/author/future.hpp"

namespace perdure::detail {

/// The open things of a run by their number. Numbers are dense, so this is an array whose settled
/// front is cut off now and then.
class thing_table {
 public:
  /// Gives it the next number: 1, 2, 3…
  runtime::thing_number add(counted_ptr<future> thing);
  /// Lower numbers are not open.
  runtime::thing_number first() const { return runtime::thing_number(cut_ + 1); }
  /// The last number that was given.
  runtime::thing_number last() const;
  /// Takes it out; null if it is not open (any more).
  counted_ptr<future> take(runtime::thing_number number);
  /// Null if it is not open.
  future* find(runtime::thing_number number) const;

 private:
  void trim();

  std::vector<counted_ptr<future>> things_;
  std::uint32_t cut_ = 0;  ///< how many numbers stand before things_[0]
  std::size_t front_ = 0;  ///< things_[0, front_) are settled
};

}  // namespace perdure::detail
