#include "tests/sim/files_manners.hpp"

namespace perdure::sim {

void draw_sizes(testing::dice& chance, transport::embedded_log_options& log) {
  log.segment_bytes = std::uint64_t{4096} << any_of(chance, {0, 0, 0, 0, 1, 1, 2, 4});
  log.batch_bytes = any_of<std::uint64_t>(chance, {1'024, 2'048, 16 << 20, 16 << 20});
  log.tail_bytes = any_of<std::uint64_t>(chance, {0, 0, 1'000, 100'000});
  log.index_bytes = any_of<std::uint64_t>(chance, {512, 512, 4'096});
  log.spare_segments = any_of<std::uint32_t>(chance, {0, 1, 2, 4});
}

files_manners drawn_files(testing::dice& chance) {
  files_manners how;
  how.log = drawn_embedded(chance);
  draw_sizes(chance, how.log.log);
  if (chance.happens(.2)) how.log.disk.short_read = .2;
  if (chance.happens(.2)) how.log.disk.end_at_store = .1;
  how.partitions = static_cast<std::uint32_t>(1 + chance.below(4));
  how.writers = static_cast<std::uint32_t>(1 + chance.below(4));
  how.readers = static_cast<std::uint32_t>(1 + chance.below(3));
  how.requests = 20 + chance.below(any_of<std::uint64_t>(chance, {50, 200}));
  how.large = any_of<std::size_t>(chance, {3, 10, 50});
  how.pace = runtime::milliseconds(any_of<std::int64_t>(chance, {1, 10, 200}));
  how.trims = runtime::milliseconds(any_of<std::int64_t>(chance, {2, 20, 500}));
  how.kept = any_of<std::uint64_t>(chance, {0, 20, 100});
  how.leaves = runtime::milliseconds(any_of<std::int64_t>(chance, {100, 1'000, 100'000}));
  how.crash = any_of(chance, {0., .002, .01, .01});
  how.meanwhile = any_of(chance, {0., .05, .2});
  return how;
}

}  // namespace perdure::sim
