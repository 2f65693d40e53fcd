#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/log.hpp"
#include "transport/kafka/append_lane.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/bundle_source.hpp"
#include "transport/kafka/bundle_tail.hpp"
#include "transport/kafka/kafka_layout.hpp"

namespace perdure::transport {

/// One partition of a log of bundles, whoever carries them: which bundle goes next, what became of
/// it, what of that which is read is new, where its records stand
/// (docs/adr/0011-kafka-log.md). Pure: `kafka_log` carries for the product, the simulator in
/// tests.
///
/// Threads: `read` and `read_at` belong to any, all else to the log's driver.
class bundled_partition {
 public:
  struct limits {
    std::size_t bytes;       ///< of the requests of a bundle together
    runtime::duration wait;  ///< of a bundle for answers to the one before it
  };

  /// `number` is its own in the layout and in `tail`; `of` and `tail` outlive it.
  bundled_partition(const kafka_partition& of, std::size_t number, const limits& bundles,
                    bundle_tail& tail)
      : of_(of),
        number_(number),
        longest_wait_(bundles.wait),
        tail_(tail),
        appends_(of.index, bundles.bytes) {}

  std::size_t number() const { return number_; }
  const kafka_partition& of() const { return of_; }

  // Writing.

  /// Its share of a request waits; `refusal`: it never goes, and is told so in its turn. If the
  /// partition is lost it is answered at once.
  void add(const std::shared_ptr<split_append>& append, std::optional<runtime::error> refusal);
  /// When the next bundle may go, monotonic; none: nothing waits, or one is on its way. Earlier if
  /// more is added (docs/adr/0018-a-bundle-waits-for-answers.md).
  std::optional<runtime::timestamp> next_send() const;
  /// Puts together the bundle that goes next, and tells its records; empty: nothing goes. The views
  /// are good until the outcome. `now`: monotonic. REQUIRES: none is on its way.
  std::vector<std::string_view> load(const bundle_identity& as, runtime::timestamp now);
  /// The bytes of what was loaded, until its outcome.
  const std::string& bundle() const { return bundle_; }
  /// What was loaded did not leave, and does not before then.
  void unload(runtime::timestamp before_next);
  /// What became of the bundle: its place, or the error. Tells those who wait for it, then what
  /// counts as read by it (docs/adr/0015-acknowledged-is-read.md); null: nothing, it is read in
  /// its turn. Errors: as of `take_in`; or it was acknowledged where something else had been read.
  runtime::expected<bundle_tail::held_bundle> settle(const runtime::expected<std::int64_t>& at,
                                                     runtime::timestamp now);
  bool is_idle() const { return !appends_.is_waiting() && !appends_.is_flying(); }
  /// All that waits gets that answer.
  void answer_waiting(const runtime::error& why) { appends_.answer_waiting(why); }

  // Reading onwards.

  /// What was read at that place. Null: there is nothing to tell of it, it was told before. Errors:
  /// it is no bundle that can be read, or not the one that was acknowledged there; or none came
  /// where one was acknowledged.
  runtime::expected<bundle_tail::held_bundle> take_in(std::int64_t at, std::string_view bytes,
                                                      runtime::timestamp now);
  /// Where reading goes on.
  std::int64_t next() const;
  /// Nothing before that place is read; what was is forgotten rightly.
  void begin_at(std::int64_t place);
  /// Read from its very first record.
  bool is_read_whole() const { return begin_ == 0; }
  /// It does not hold any more what was read of it, or what comes next cannot be read: nothing is
  /// taken any more, neither way. False: it is known already.
  bool lose(const runtime::error& why);
  const std::optional<runtime::error>& lost() const { return lost_; }

  // What was read before.

  /// As `runtime::log`. `from` is asked for what is in memory no more.
  runtime::expected<std::vector<runtime::log_record>> read(runtime::offset after,
                                                           std::size_t limit_bytes,
                                                           bundle_source& from) const;
  runtime::expected<std::vector<runtime::log_record>> read_at(
      std::span<const runtime::offset> offsets, bundle_source& from) const;
  /// The last record that was read.
  runtime::offset end() const { return tail_.last(number_).record; }

 private:
  /// An own bundle stands at that place.
  runtime::expected<bundle_tail::held_bundle> on_acknowledged(std::int64_t at,
                                                              const std::string& bundle,
                                                              runtime::timestamp now);
  /// What waits is to go with what those who heard of the bundle that has just landed append next.
  void wait_for_answers(runtime::timestamp now);
  /// It comes next after what was read, so it counts as read
  /// (docs/adr/0015-acknowledged-is-read.md).
  runtime::expected<bundle_tail::held_bundle> take_in_acknowledged(std::int64_t at,
                                                                   const std::string& bundle,
                                                                   runtime::timestamp now);
  /// What was acknowledged up to that place must have been read by now.
  runtime::expected<void> check_acknowledged(std::int64_t at, std::uint32_t checksum);
  runtime::error no_record(runtime::offset at) const;

  const kafka_partition& of_;
  const std::size_t number_;
  const runtime::duration longest_wait_;
  bundle_tail& tail_;
  append_lane appends_;
  std::string bundle_;                            ///< the bytes that are on their way
  runtime::timestamp left_;                       ///< when it was put together, monotonic
  bool was_read_ = false;                         ///< what is on its way came by already
  std::map<std::int64_t, std::uint32_t> unread_;  ///< acknowledged: place, checksum
  runtime::timestamp not_before_{};
  std::size_t wanted_ = 0;  ///< the next bundle waits until so many records do, or so long
  runtime::timestamp wanted_until_{};
  runtime::duration pause_{};
  std::optional<runtime::error> lost_;
  std::int64_t begin_ = 0;  ///< the place at which reading began
};

}  // namespace perdure::transport
