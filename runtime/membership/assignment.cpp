#include "runtime/membership/assignment.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

#include "runtime/command.hpp"

namespace perdure::runtime::membership {
namespace {

/// Little-endian, as on disk.
struct hashed {
  std::uint64_t node;
  std::uint32_t partition;
  std::uint32_t turn;
};
static_assert(sizeof(hashed) == 16);

std::uint64_t score_of(std::uint64_t node, std::uint32_t weight, partition_index partition) {
  std::uint64_t best = 0;
  for (std::uint32_t turn = 0; turn < weight; ++turn) {
    const hashed input{node, partition.value, turn};
    std::array<char, sizeof input> bytes{};
    std::memcpy(bytes.data(), &input, sizeof input);
    best = std::max(best, hash_bytes({bytes.data(), bytes.size()}).value);
  }
  return best;
}

}  // namespace

std::uint64_t score(std::string_view node, std::uint32_t weight, partition_index partition) {
  return score_of(hash_bytes(node).value, weight, partition);
}

std::vector<member_id> ranking(std::span<const candidate> candidates, partition_index partition) {
  std::vector<std::tuple<std::uint64_t, std::string_view, member_id>> scored;
  scored.reserve(candidates.size());
  for (const auto& who : candidates)  // complemented: the highest comes first
    scored.emplace_back(~score(who.node, who.weight, partition), who.node, who.id);
  std::ranges::sort(scored);
  std::vector<member_id> rank;
  rank.reserve(scored.size());
  for (const auto& [points, node, id] : scored) rank.push_back(id);
  return rank;
}

const reader* placement::find(member_id member) const {
  const auto found = std::ranges::find(readers, member, &reader::member);
  return found == readers.end() ? nullptr : &*found;
}

placement assign(std::span<const member_id> rank, const placement& before, offset now) {
  placement after;
  if (rank.empty()) return after;
  const auto is_warm = [&](member_id who) {
    const auto* reads = before.find(who);
    return reads != nullptr && reads->warm;
  };
  const auto first_of = [&](const auto& test) {
    const auto found = std::ranges::find_if(rank, test);
    return found == rank.end() ? member_id{} : *found;
  };
  const bool stays = std::ranges::find(rank, before.owner) != rank.end();
  after.owner = is_warm(rank[0]) ? rank[0] : stays ? before.owner : first_of(is_warm);
  if (!after.owner) after.owner = rank[0];
  const auto other = [&](member_id who) { return who != after.owner; };
  after.follower = first_of([&](member_id who) { return other(who) && is_warm(who); });
  if (!after.follower) after.follower = first_of(other);
  for (std::size_t i = 0; i < rank.size(); ++i) {
    const auto who = rank[i];
    if (i > 1 && who != after.owner && who != after.follower) continue;
    const auto* known = before.find(who);
    after.readers.push_back(
        {who, known == nullptr ? now : known->since, is_warm(who) || who == after.owner});
  }
  return after;
}

}  // namespace perdure::runtime::membership
