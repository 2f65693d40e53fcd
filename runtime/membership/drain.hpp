#pragma once

#include <string>
#include <string_view>

#include "runtime/membership/cluster_state.hpp"
#include "runtime/membership/want.hpp"

namespace perdure::runtime::membership {

/// The record by which an operator says so of a node. It counts if nobody else has said anything of
/// that node's drain meanwhile; whoever appends it reads it back. Errors: not_found (no node of
/// that name ever joined), failed_state (it is so already).
expected<std::string> drain_record(const cluster_state& folded, std::string_view node,
                                   drain_wish wish);

/// The namespaces whose partitions nobody would own without that node: to warn of.
std::vector<std::string> namespaces_only_of(const cluster_state& folded, std::string_view node);

}  // namespace perdure::runtime::membership
