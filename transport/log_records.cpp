#include "transport/log_records.hpp"

#include <algorithm>

namespace perdure::transport {

std::vector<runtime::log_record> records_of(const std::shared_ptr<const char[]>& buffer,
                                            const batch_view& batch) {
  std::vector<runtime::log_record> records;
  records.reserve(batch.count());
  batch.for_each([&](const batch_view::record& record) {
    records.push_back({.partition = record.partition,
                       .at = record.at,
                       .bytes = runtime::payload(buffer, record.bytes)});
  });
  return records;
}

std::vector<runtime::log_record> copied_records_of(const batch_view& batch) {
  std::string_view bytes = batch.bytes();
  auto copy = std::make_shared_for_overwrite<char[]>(bytes.size());
  std::ranges::copy(bytes, copy.get());
  return records_of(copy, batch_view(std::string_view(copy.get(), bytes.size())));
}

}  // namespace perdure::transport
