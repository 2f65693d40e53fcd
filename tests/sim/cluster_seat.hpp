#pragma once

#include <functional>
#include <string>

#include "actors/cluster_membership.hpp"
#include "runtime/installation.hpp"
#include "tests/sim/machine.hpp"
#include "tests/sim/shared_log.hpp"

namespace perdure::sim {

/// How the nodes of a world are members of a cluster.
struct membership_manners {
  runtime::duration heartbeat = runtime::milliseconds(200);
  std::uint32_t suspect_after = 4, gone_after = 2;
  std::uint32_t hand_over = 150;
  std::uint64_t view_every = 10'000;
  std::size_t recent = 0;  ///< so many of the newest records are read by who begins; 0: all
};

/// The membership of one life of a node: the product's, on a cluster log and in a time that are the
/// world's.
class cluster_seat {
 public:
  using ready_function = std::function<void(const runtime::namespace_places&)>;

  /// `ready` is called once, when the cluster log has a place for each of the node's namespaces.
  cluster_seat(world& in, shared_log& log, const machine& on, life_ptr whose,
               const runtime::membership::member_options& options, std::size_t recent,
               std::function<void(std::string)> said, ready_function ready);
  ~cluster_seat() { forget(); }
  cluster_seat(const cluster_seat&) = delete;
  cluster_seat& operator=(const cluster_seat&) = delete;

  actors::cluster_membership& product() { return *membership_; }
  const life_ptr& whose() const { return whose_; }
  /// The life is over.
  void forget();

 private:
  void begin(const runtime::membership::member_options& options, std::size_t recent);
  void make(const runtime::membership::member_options& options, std::size_t from);
  void look_later();
  void look();
  void set_alarm();

  world& world_;
  shared_log& of_;
  const machine& on_;
  const life_ptr whose_;
  const std::function<void(std::string)> said_;
  ready_function ready_;
  node_log log_;
  std::unique_ptr<actors::cluster_membership> membership_;
  bool looks_ = false;          ///< an event is on its way
  runtime::timestamp alarm_{};  ///< the earliest that is set, monotonic; 0: none
};

}  // namespace perdure::sim
