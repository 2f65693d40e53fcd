#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perdure::runtime {

// A log in a file of tests/golden or of a fuzzer's corpus: each record behind a number as u64, its
// offset or its partition. A record says itself how long it is (docs/formats/envelope.md).
constexpr std::size_t envelope_bytes = 28, envelope_length_at = 4;

inline void store(std::string& file, std::uint64_t number, std::string_view record) {
  file.append(reinterpret_cast<const char*>(&number), sizeof number);
  file.append(record);
}

/// Whatever the bytes are: a record that is cut off, or says that it is longer than the file, is
/// what is left of it.
inline std::vector<std::pair<std::uint64_t, std::string>> stored_records(std::string_view file) {
  std::vector<std::pair<std::uint64_t, std::string>> records;
  std::uint64_t number = 0;
  while (file.size() >= sizeof number) {
    std::memcpy(&number, file.data(), sizeof number);
    file.remove_prefix(sizeof number);
    std::uint32_t length = 0;
    if (file.size() >= envelope_bytes)
      std::memcpy(&length, file.data() + envelope_length_at, sizeof length);
    const bool fits = length >= envelope_bytes && length <= file.size();
    const auto record = file.substr(0, fits ? length : file.size());
    records.emplace_back(number, record);
    file.remove_prefix(record.size());
  }
  return records;
}

}  // namespace perdure::runtime
