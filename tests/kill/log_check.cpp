#include "tests/kill/log_check.hpp"

#include <map>
#include <tuple>

#include <fmt/format.h>

#include "tests/kill/folded_log.hpp"
#include "transport/log_inspect.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::testing {
std::vector<std::string> problems_of_log(const std::string& directory) {
  std::vector<std::string> problems;
  // By source incarnation, source partition and target (DESIGN 3.1): the number taken last.
  std::map<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>, std::uint64_t> taken;
  folded_log folded;
  runtime::record_decoder decoder;
  transport::posix_file_system files;
  const auto found =
      transport::dump_log(files, directory, {}, [&](const transport::dumped_record& dumped) {
        const auto record = decoder.decode(dumped.at, runtime::payload(std::string(dumped.bytes)));
        if (!record) {
          problems.push_back(fmt::format("offset {}: {}", dumped.at, record.error().message));
          return;
        }
        folded.read(dumped.partition, *record, problems);
        if (record->kind() != runtime::record_kind::message) return;
        const auto& message = record->as<runtime::wire::Message>();
        auto& last = taken[{message.source_incarnation(), message.source_partition(),
                            dumped.partition.value}];
        if (message.number() != last + 1) {
          problems.push_back(fmt::format("offset {}: message {} from partition {} to {} after {}",
                                         dumped.at, message.number(), message.source_partition(),
                                         dumped.partition, last));
        }
        last = message.number();
      });
  if (!found)
    problems.push_back(found.error().message);
  else if (found->damage)
    problems.push_back(found->damage->message);
  if (folded.consumed() == 0) problems.push_back("no run consumed anything: it shows nothing");
  if (taken.empty()) problems.push_back("no partition sent another a message: it shows nothing");
  return problems;
}

}  // namespace perdure::testing
