#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/log_form.hpp"
#include "tests/sim/told_records.hpp"
#include "transport/embedded_log_options.hpp"
#include "transport/mark_page.hpp"

namespace perdure::sim {

class embedded_life;

/// How the product's own log is set up, and what its disk does to it.
struct embedded_manners {
  transport::embedded_log_options log;
  disk_manners disk;

  /// For records of that size.
  void make_room(std::uint64_t bytes) {
    log.segment_bytes = std::max(log.segment_bytes, 2 * bytes);
    log.batch_bytes = std::max(log.batch_bytes, bytes);
  }
};

/// What the mark page says there. Throws violated if it says nothing.
transport::decoded_mark marked_on(const transport::memory_disk& disk, const embedded_manners& how,
                                  runtime::incarnation log);

/// The seed's own: at extremes.
embedded_manners drawn_embedded(testing::dice& chance);

/// The product's embedded log on a machine's disk, and books of what it must hold. One node.
class embedded_form final : public log_form {
 public:
  /// `landed` hears of each record when the log has told that it is durable, before anybody else.
  embedded_form(world& in, embedded_manners how,
                std::function<void(const runtime::log_record&)> landed);

  const std::vector<runtime::log_record>& records() const override { return books_.all(); }
  std::unique_ptr<log_of_life> open(const life_ptr& whose, machine& on,
                                    runtime::opening_fold& fold) override;
  /// The same for one who has no node. Throws cannot_open.
  std::unique_ptr<embedded_life> open_alone(const life_ptr& whose, machine& on);
  /// Below this it may have been trimmed.
  runtime::offset floor() const { return books_.floor(); }
  /// The next life opens the log with other options; its directory stays.
  void set_options(const transport::embedded_log_options& log) { how_.log = log; }
  void abandon(const life_ptr& whose) override;
  void end_faults() override;
  /// A last loss of power takes nothing that was told.
  void check_end() override;

 private:
  std::unique_ptr<embedded_life> opened(
      const life_ptr& whose, machine& on,
      const std::function<void(std::span<const runtime::log_record>)>& shown);
  /// On a copy of the disk: damage to what was durable is refused.
  void check_damage();
  /// A person gives the mark up, and nothing else is damaged.
  void check_without_mark(std::unique_ptr<transport::memory_disk> copy) const;
  /// One slot of the mark page is enough.
  void check_damaged_mark(std::unique_ptr<transport::memory_disk> copy) const;
  enum class harm { flipped_bit, lost_sector, cut_short, lost_file };
  harm damage(transport::memory_disk& disk, const std::string& path);

  world& world_;
  embedded_manners how_;
  told_records books_;
  machine* machine_ = nullptr;  ///< from the first opening on
  std::optional<runtime::incarnation> incarnation_;
};

}  // namespace perdure::sim
