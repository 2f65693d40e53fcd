#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/broker_manners.hpp"
#include "tests/sim/log_form.hpp"
#include "tests/sim/shared_log.hpp"

namespace perdure::sim {

/// What brokers keep, as bytes that they do not understand: a log of bundles for each partition, at
/// places of its own. What nodes make of it is the product's (`bundling_side`).
class brokers final : public log_form {
 public:
  struct kept {
    std::int64_t at = 0;
    std::shared_ptr<const std::string> bytes;
  };
  /// What became of a bundle: its place, or the error.
  using report = std::function<void(const runtime::expected<std::int64_t>&)>;

  /// `landed` hears of each record in its place, before anybody else.
  brokers(world& in, log_manners how, const broker_manners& their, std::size_t partitions,
          shared_log::hears landed);

  const std::vector<runtime::log_record>& records() const override { return records_; }
  std::unique_ptr<log_of_life> open(const life_ptr& whose, machine& on,
                                    runtime::opening_fold& fold) override;
  void abandon(const life_ptr& whose) override;
  void fault() override;
  void end_faults() override;
  std::uint64_t outages() const override { return outages_; }
  bool is_away() const override;
  runtime::timestamp away_until() const override { return all_away_until_; }

  const broker_manners& their() const { return their_; }
  std::size_t partitions() const { return partitions_.size(); }
  /// In the order of their places.
  const std::vector<kept>& bundles(std::size_t partition) const {
    return partitions_[partition].bundles;
  }
  bool is_away(std::size_t partition) const {
    return world_.now() < partitions_[partition].away_until;
  }
  bool fails_to_read() { return world_.faults.happens(how_.read_failed); }
  bool brings_again() { return world_.faults.happens(their_.again); }

  /// Another leader takes over, who had read `count` bundles less (all: the topic is made anew).
  /// Who had read some of what is lost so.
  std::vector<life_ptr> lose_end(std::size_t partition, std::size_t count);
  bool has_lost(std::size_t partition) const { return partitions_[partition].lost; }

  /// Lands, or not, even if its writer is no more by then, who hears of it if he is.
  void send(const life_ptr& whose, std::size_t partition, std::string bytes, report told);
  /// Is told, at its own pace, that there is something to fetch. Until `abandon`. `through` is
  /// asked for the place of the last bundle that was read of a partition.
  void listen(const life_ptr& whose, std::function<void()> fetch,
              std::function<std::int64_t(std::size_t)> through);

 private:
  struct partition {
    std::vector<kept> bundles;
    std::int64_t end = 0;
    runtime::timestamp away_until{};
    bool lost = false;  ///< what had been read of it
    bool is_anew = false;
    std::set<std::uint64_t> strangers;  ///< lives that had read what is lost
  };
  struct reader {
    life_ptr whose;
    std::function<void()> fetch;
    std::function<std::int64_t(std::size_t)> through;
    bool coming = false;
  };
  struct bundle {
    life_ptr writer;
    std::size_t partition;
    std::shared_ptr<const std::string> bytes;
    report told;
  };

  void arrive(const bundle& one);
  void arrive_later(const bundle& one);
  std::int64_t land(const bundle& one);
  void tell(const bundle& one, const runtime::expected<std::int64_t>& what);
  void announce();
  void go_away();

  world& world_;
  log_manners how_;
  broker_manners their_;
  const shared_log::hears landed_;
  std::vector<partition> partitions_;
  std::vector<runtime::log_record> records_;
  std::map<std::uint64_t, reader> readers_;  ///< by life
  runtime::timestamp all_away_until_{};
  std::uint64_t outages_ = 0;
};

}  // namespace perdure::sim
