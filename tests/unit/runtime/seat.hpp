#pragma once

#include <optional>

#include "runtime/invariant.hpp"
#include "runtime/owner.hpp"
#include "tests/unit/runtime/memory_log.hpp"

namespace perdure::runtime {

/// One partition as one node sees it: its state, its owner, and how far it has read.
class seat {
 public:
  seat(memory_log& log, const routes& where, partition_index self, const owner_options& options)
      : folded(self), acts(folded, where, options), log_(log) {}

  struct read_back {
    decoded_record record;  ///< valid until the next one is read
    const actions* did = nullptr;
  };

  bool has_more() const { return position_ < log_.of(folded.self()).size(); }

  /// Applies the next record and tells the owner. REQUIRES: has_more().
  read_back read_one(timestamp now) {
    const auto& entry = log_.of(folded.self()).at(position_++);
    auto decoded = decoder_.decode(entry.at, entry.bytes);
    INVARIANT(decoded.has_value(), "record at {}: {}", entry.at, decoded.error().message);
    did_.clear();
    folded.apply(*decoded, did_);
    acts.on_record(*decoded, did_, now);
    return {*std::move(decoded), &did_};
  }

  std::size_t position() const { return position_; }

  state folded;
  owner acts;

 private:
  memory_log& log_;
  record_decoder decoder_;
  actions did_;
  std::size_t position_ = 0;
};

}  // namespace perdure::runtime
