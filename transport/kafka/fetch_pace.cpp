#include "transport/kafka/fetch_pace.hpp"

#include <utility>

namespace perdure::transport {
namespace {

// Bundles per second, of all partitions. Where more come a fetch in bulk brings some together;
// where fewer come it would bring hardly more than one, only later.
constexpr std::int64_t many = 500;
constexpr std::int64_t few = 250;
constexpr int looks_to_bulk = 3;
constexpr int looks_back = 10;

}  // namespace

pace fetch_pace::look(runtime::duration since) {
  const auto came = std::exchange(bundles_, 0) * runtime::seconds(1).us;
  const bool at_once = pace_ == pace::at_once;
  const bool other = at_once ? came >= many * since.us : came < few * since.us;
  looks_ = other ? looks_ + 1 : 0;
  if (looks_ < (at_once ? looks_to_bulk : looks_back)) return pace_;
  looks_ = 0;
  pace_ = at_once ? pace::in_bulk : pace::at_once;
  return pace_;
}

}  // namespace perdure::transport
