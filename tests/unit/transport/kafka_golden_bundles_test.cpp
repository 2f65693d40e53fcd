// What nodes have written to Kafka is read for ever, and whatever happened to it is told by name.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/proto/checkout.hpp"
#include "tests/unit/transport/signed_bundle.hpp"
#include "transport/kafka/bundle_format.hpp"
#include "transport/kafka/read_bundle.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::filesystem::path folder = "tests/golden/v1/bundles";

/// A bundle whose bytes are kept for ever in tests/golden/v1/bundles/<name>.bin.
struct golden_bundle {
  std::string name;
  bundle_identity identity;
  std::vector<std::string> records;
  std::vector<std::string> files = {};  ///< of tests/golden/v1/records, behind the records
};

std::vector<std::string> records_of(const golden_bundle& bundle) {
  auto records = bundle.records;
  for (const auto& file : bundle.files) {
    records.push_back(plugin::read_checkout("tests/golden/v1/records/" + file));
  }
  return records;
}

/// Lengths that take one byte, and two; bytes of every value.
std::vector<std::string> many() {
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 40; ++i) {
    std::string record(i * i % 300, '\0');
    for (std::size_t k = 0; k < record.size(); ++k) record[k] = static_cast<char>(i * 7 + k);
    records.push_back(record);
  }
  return records;
}

/// Never change one that was released: add another.
std::vector<golden_bundle> golden_bundles() {
  return {
      {"one", {1, 1}, {"x"}},
      {"nothing_in_it", {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF}, {""}},
      {"example", {0x1122334455667788, 9}, {"hello", "", "perdure!!"}},
      {"many", {0x0123456789ABCDEF, 0x100000000}, many()},
      {"of_the_core",
       {0x8000000000000001, 42},
       {},
       {"start.bin", "turn.bin", "message.bin", "claim.bin", "sent.bin"}},
  };
}

std::string bytes_of(const golden_bundle& bundle) {
  const auto records = records_of(bundle);
  const std::vector<std::string_view> views(records.begin(), records.end());
  return encode_bundle(bundle.identity, views);
}

/// PERDURE_WRITE_GOLDEN=1 writes what is missing. What is there is never written again.
std::string kept(const golden_bundle& bundle) {
  const auto file = folder / (bundle.name + ".bin");
  const auto path = plugin::checkout() / file;
  if (std::getenv("PERDURE_WRITE_GOLDEN") != nullptr && !std::filesystem::exists(path)) {
    std::ofstream(path, std::ios::binary) << bytes_of(bundle);
  }
  EXPECT_TRUE(std::filesystem::exists(path))
      << path.string()
      << " is missing: PERDURE_WRITE_GOLDEN=1 unit_transport --gtest_filter=*golden*";
  return plugin::read_checkout(file);
}

class golden_bundle_test : public ::testing::TestWithParam<golden_bundle> {};
INSTANTIATE_TEST_SUITE_P(bundles, golden_bundle_test, ::testing::ValuesIn(golden_bundles()),
                         [](const auto& info) { return info.param.name; });

const kafka_partition from{"perdure.team", "", 3, runtime::partition_index(4)};

/// The fault by name in the node's words, with the place.
void expect_refused(std::string_view bytes, bundle_fault fault, const std::string& what) {
  const auto read = read_bundle_of(from, 17, bytes);
  ASSERT_FALSE(read) << what;
  EXPECT_EQ(read.error().code,
            fault == bundle_fault::newer ? errc::unsupported_format : errc::corrupt);
  EXPECT_THAT(
      read.error().message,
      AllOf(HasSubstr("topic perdure.team, partition 3, Kafka's offset 17: this is no bundle"),
            HasSubstr(name(fault))))
      << what;
}

/// Damage that the checksum does not show: a fault by name, or other records, and then nothing but
/// what the encoder writes for them.
void expect_named_or_exact(std::string_view bytes, const std::string& what) {
  const auto decoded = decode_bundle(bytes);
  if (!decoded) return expect_refused(bytes, decoded.error(), what);
  const bool this_format = load<std::uint16_t>(bytes.data() + 4) == bundle_format &&
                           load<std::uint16_t>(bytes.data() + 6) == bundle_format;
  if (this_format) EXPECT_EQ(encode_bundle(decoded->identity, decoded->records), bytes) << what;
}

TEST_P(golden_bundle_test, bytes_are_read_and_written_again_for_ever) {
  const auto& expected = GetParam();
  const auto bytes = kept(expected);
  const auto decoded = decode_bundle(bytes);
  ASSERT_TRUE(decoded) << name(decoded.error());
  EXPECT_EQ(decoded->identity, expected.identity);
  EXPECT_EQ(std::vector<std::string>(decoded->records.begin(), decoded->records.end()),
            records_of(expected));
  EXPECT_EQ(bytes_of(expected), bytes) << "another program wrote these: they must stay what they "
                                          "are";
}

TEST_P(golden_bundle_test, every_shorter_one_is_refused_by_name) {
  const auto whole = kept(GetParam());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto bytes = whole.substr(0, length);
    const auto what = std::to_string(length) + " bytes";
    const bool header = length >= bundle_header_bytes;
    expect_refused(bytes, header ? bundle_fault::checksum_wrong : bundle_fault::too_short, what);
    if (!header) continue;
    sign_bundle(bytes);
    expect_refused(bytes, bundle_fault::table_wrong, what + ", signed");
  }
}

TEST_P(golden_bundle_test, every_longer_one_is_refused_by_name) {
  auto bytes = kept(GetParam());
  for (int more = 1; more <= 9; ++more) {
    bytes += '\0';
    auto signed_bytes = bytes;
    sign_bundle(signed_bytes);
    expect_refused(bytes, bundle_fault::checksum_wrong, std::to_string(more) + " more");
    expect_refused(signed_bytes, bundle_fault::table_wrong, std::to_string(more) + " more, signed");
  }
}

TEST_P(golden_bundle_test, every_flipped_bit_is_refused_by_name) {
  const auto whole = kept(GetParam());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const auto what = "bit " + std::to_string(bit);
    expect_refused(bytes, bundle_fault::checksum_wrong, what);
    sign_bundle(bytes);
    expect_named_or_exact(bytes, what + ", signed");
  }
}

TEST(golden_bundles, no_file_is_forgotten) {
  std::set<std::string> known, there;
  for (const auto& bundle : golden_bundles()) known.insert(bundle.name + ".bin");
  for (const auto& file : std::filesystem::directory_iterator(plugin::checkout() / folder)) {
    there.insert(file.path().filename().string());
  }
  EXPECT_EQ(there, known);
}

}  // namespace
}  // namespace perdure::transport
