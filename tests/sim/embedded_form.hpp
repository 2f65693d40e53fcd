#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/log_form.hpp"
#include "tests/sim/told_records.hpp"
#include "transport/embedded_log_options.hpp"

namespace perdure::sim {

/// How the product's own log is set up, and what its disk does to it.
struct embedded_manners {
  transport::embedded_log_options log;
  disk_manners disk;
};

/// What the mark page says there. Throws violated if it says nothing.
std::uint64_t marked_on(const transport::memory_disk& disk, const embedded_manners& how,
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
  void abandon(const life_ptr& whose) override;
  void end_faults() override;
  /// A last loss of power takes nothing that was told.
  void check_end() override;

 private:
  /// On a copy of the disk: damage to what was durable is refused.
  void check_damage();
  enum class harm { flipped_bit, lost_sector, cut_short, lost_file };
  harm damage(transport::memory_disk& disk, const std::string& path);

  world& world_;
  const embedded_manners how_;
  told_records books_;
  machine* machine_ = nullptr;  ///< from the first opening on
  std::optional<runtime::incarnation> incarnation_;
};

}  // namespace perdure::sim
