// Damage to the files of a real log. The promise (DESIGN 8): what the mark covers is refused with
// file and position, what lies above it is cut and the cut is told; never silent, never a part of a
// batch, never a lost acknowledgement.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/log_world.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/file_header.hpp"
#include "transport/log_directory.hpp"
#include "transport/log_inspect.hpp"
#include "transport/posix_file_system.hpp"

namespace perdure::transport {
namespace {

using runtime::errc;
using ::testing::HasSubstr;

class log_damage : public ::testing::Test {
 protected:
  static constexpr std::size_t sector = 512;

  /// Two segments: batches of one to three records, of all lengths, the second segment half full.
  log_damage() {
    EXPECT_TRUE(world_.open());
    for (std::uint32_t i = 0; i < 30; ++i) {
      std::vector<std::pair<std::uint32_t, std::string>> records;
      for (std::uint32_t k = 0; k <= i % 3; ++k) {
        records.emplace_back(k, fmt::format("{}.{} ", i, k) + std::string(i * 3 + k, 'x'));
      }
      EXPECT_TRUE(world_.append(records));
    }
    for (const auto& batch : world_.durable) all_.insert(all_.end(), batch.begin(), batch.end());
    marked_ = all_.size();
    world_.crash();
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      files_[entry.path().filename()] = read_file(entry.path());
    }
  }

  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  static constexpr const char* first_segment = "segment-0000000000000001.log";
  static constexpr const char* last_segment = "segment-0000000000000002.log";

  /// Puts the log back as it was, with one file changed.
  void restore_with(const std::string& name, const std::string& bytes) {
    // A refusal left all files as they were.
    if (!refused_) {
      for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
        std::filesystem::remove(entry.path());
      }
      for (const auto& [each, good] : files_) write_file(path(each), good);
    } else if (!changed_.empty()) {
      write_file(path(changed_), files_.at(changed_));
    }
    write_file(path(name), bytes);
    refused_ = false;
    changed_ = files_.contains(name) ? name : "";
  }

  /// The mark falls back to what it was `records` records before the end, as after a loss of power.
  void lower_mark(std::uint64_t records) {
    std::string page = files_.at("mark");
    auto incarnation = decode_file_header(files_.at("identity"), "identity").value().incarnation;
    marked_ = all_.size() - records;
    for (std::uint64_t counter : {1, 2}) {
      encode_mark(std::span<char, 4096>(page.data(), 4096), incarnation, counter,
                  {.synced_through = marked_});
    }
    files_["mark"] = page;
  }

  /// What opening makes of the directory as it stands now. Whatever it is, everything that the mark
  /// covers was read, and nothing but what was written, in whole batches. Verify says the same and
  /// changes nothing.
  enum class outcome { refused, whole, whole_and_told, cut_and_told };
  outcome open_now(const std::string& what) {
    auto before = contents();
    auto verified = verify_log(posix_, directory_.path());
    EXPECT_EQ(contents(), before) << what << ": verify changed the directory";
    auto opened = world_.open();
    if (!opened) {
      EXPECT_FALSE(verified && !verified->damage) << what << ": verify saw nothing";
      EXPECT_EQ(opened.error().code, errc::corrupt) << what << opened.error().message;
      message_ = opened.error().message;
      refused_ = !changed_.empty();
      return outcome::refused;
    }
    EXPECT_TRUE(verified && !verified->damage) << what << ": verify saw damage";
    const auto& found = world_.opened_with;
    const auto& report = world_.log().opening();
    EXPECT_GE(found.size(), marked_) << what;
    EXPECT_LE(found.size(), all_.size()) << what;
    EXPECT_TRUE(std::equal(found.begin(), found.end(), all_.begin())) << what;
    EXPECT_TRUE(is_batch_end(found.size())) << what;
    EXPECT_EQ(verified->cuts.size(), report.cuts.size()) << what;
    EXPECT_EQ(verified->notes, report.notes) << what;
    bool told = !report.cuts.empty() || !report.notes.empty();
    if (found.size() < all_.size()) {
      EXPECT_TRUE(told) << what << ": records are missing, and nothing is told";
      return outcome::cut_and_told;
    }
    return told ? outcome::whole_and_told : outcome::whole;
  }
  /// The log that was opened last takes records, and opens again without a word.
  void goes_on() {
    std::size_t found = world_.opened_with.size();
    EXPECT_EQ(world_.append("more"), runtime::offset(found + 1));
    ASSERT_TRUE(world_.open());
    EXPECT_EQ(world_.opened_with.size(), found + 1);
    EXPECT_TRUE(world_.log().opening().cuts.empty());
    EXPECT_TRUE(world_.log().opening().notes.empty());
  }
  /// Flips each byte of a file in turn and expects what `expected(position)` says.
  template <class Expected>
  void flip_each(const std::string& name, Expected expected) {
    std::string good = files_.at(name);
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      restore_with(name, bad);
      ASSERT_EQ(open_now(fmt::format("{} at {}", name, at)), expected(at)) << name << " " << at;
      if (world_.is_open() && at % 64 == 0) goes_on();
    }
  }
  template <class Expected>
  void truncate_each(const std::string& name, Expected expected) {
    std::string good = files_.at(name);
    for (std::size_t length = 0; length < good.size(); ++length) {
      restore_with(name, good.substr(0, length));
      ASSERT_EQ(open_now(fmt::format("{} cut to {}", name, length)), expected(length))
          << name << " " << length;
      if (world_.is_open() && length % 64 == 0) goes_on();
    }
  }

  bool is_batch_end(std::size_t records) const {
    std::size_t sum = 0;
    for (const auto& batch : world_.durable) {
      if (sum == records) return true;
      sum += batch.size();
      if (sum > records) break;
    }
    return sum == records;
  }

  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> now;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      now[entry.path().filename()] = read_file(entry.path());
    }
    return now;
  }

  /// Where a batch stands, by the number of its first record.
  std::size_t position_of(std::uint64_t first_record) {
    restore_with("lock", "");
    std::size_t position = 0;
    auto findings = dump_log(posix_, directory_.path(),
                             {.partition = {}, .from = runtime::offset(first_record)},
                             [&](const dumped_record& record) {
                               if (record.at.value == first_record)
                                 position = record.batch_position;
                             });
    EXPECT_TRUE(findings);
    return position;
  }
  /// Where the log ends in the last segment.
  std::size_t end() const { return end_of(last_segment); }
  /// Behind the last batch there.
  std::size_t end_of(const std::string& name) const {
    return (files_.at(name).find_last_not_of('\0') / 8 + 1) * 8;
  }
  std::size_t records_of_last_batch() const { return world_.durable.back().size(); }

  temporary_directory directory_;
  posix_file_system posix_;
  log_world world_{posix_, directory_.path()};
  std::map<std::string, std::string> files_;
  std::vector<told> all_;
  std::size_t marked_ = 0;
  std::string message_;  ///< of the last refusal
  bool refused_ = false;
  std::string changed_;  ///< the one file that is not as it was
};

TEST_F(log_damage, rule_8_every_flipped_byte_at_or_below_the_mark_is_refused) {
  flip_each(first_segment, [end = end_of(first_segment)](std::size_t at) {
    return at < end ? outcome::refused : outcome::whole_and_told;
  });
  flip_each(last_segment, [this](std::size_t at) {
    return at < end() ? outcome::refused : outcome::whole_and_told;
  });
}

TEST_F(log_damage, rule_8_every_flipped_byte_of_the_last_batch_above_the_mark_is_cut_and_told) {
  std::size_t begin = position_of(all_.size() - records_of_last_batch() + 1);
  lower_mark(records_of_last_batch());
  flip_each(last_segment, [&](std::size_t at) {
    return at < begin   ? outcome::refused
           : at < end() ? outcome::cut_and_told
                        : outcome::whole_and_told;
  });
}

TEST_F(log_damage, rule_8_every_flipped_byte_below_a_later_batch_is_refused_without_a_mark) {
  std::size_t begin = position_of(all_.size() - records_of_last_batch() + 1);
  lower_mark(all_.size());
  flip_each(first_segment, [end = end_of(first_segment)](std::size_t at) {
    return at < end ? outcome::refused : outcome::whole_and_told;
  });
  flip_each(last_segment, [&](std::size_t at) {
    return at < begin   ? outcome::refused
           : at < end() ? outcome::cut_and_told
                        : outcome::whole_and_told;
  });
}

TEST_F(log_damage, rule_8_a_refusal_names_file_and_position) {
  std::string bad = files_.at(first_segment);
  std::size_t position = position_of(10);
  bad[position + 40] ^= 1;
  restore_with(first_segment, bad);
  ASSERT_EQ(open_now("flip"), outcome::refused);
  EXPECT_THAT(message_, HasSubstr(fmt::format("{} at {}:", path(first_segment), position)));
  EXPECT_THAT(message_, HasSubstr("the checksum of the batch is wrong"));
}

TEST_F(log_damage, rule_8_every_truncation_at_or_below_the_mark_is_refused) {
  std::size_t first_end = files_.at(first_segment).find_last_not_of('\0') + 1;
  truncate_each(first_segment, [&](std::size_t length) {
    return length < first_end ? outcome::refused : outcome::whole_and_told;
  });
  std::size_t last_byte = files_.at(last_segment).find_last_not_of('\0');
  truncate_each(last_segment, [&](std::size_t length) {
    return length <= last_byte ? outcome::refused : outcome::whole_and_told;
  });
}

TEST_F(log_damage, rule_8_every_truncation_of_the_last_batch_above_the_mark_is_cut_and_told) {
  std::size_t begin = position_of(all_.size() - records_of_last_batch() + 1);
  lower_mark(records_of_last_batch());
  std::size_t last_byte = files_.at(last_segment).find_last_not_of('\0');
  std::size_t before = files_.at(last_segment).substr(0, begin).find_last_not_of('\0');
  truncate_each(last_segment, [&](std::size_t length) {
    return length <= before      ? outcome::refused
           : length <= last_byte ? outcome::cut_and_told
                                 : outcome::whole_and_told;
  });
}

TEST_F(log_damage, rule_8_swapped_and_duplicated_blocks_are_refused) {
  std::string good = files_.at(first_segment) + files_.at(last_segment);
  std::size_t half = files_.at(first_segment).size();
  auto expect = [&](const std::string& bad, const std::string& what) {
    restore_with(first_segment, bad.substr(0, half));
    write_file(path(last_segment), bad.substr(half));
    std::size_t changed = std::mismatch(good.begin(), good.end(), bad.begin()).first - good.begin();
    auto expected = changed == good.size()   ? outcome::whole
                    : changed < half + end() ? outcome::refused
                                             : outcome::whole_and_told;
    ASSERT_EQ(open_now(what), expected) << what;
  };
  for (std::size_t i = 0; i < good.size(); i += sector) {
    for (std::size_t k = 0; k < good.size(); k += sector) {
      std::string bad = good;
      bad.replace(k, sector, good, i, sector);
      expect(bad, fmt::format("{} copied to {}", i, k));
      if (k >= i) continue;
      bad.replace(i, sector, good, k, sector);
      expect(bad, fmt::format("{} and {} swapped", i, k));
    }
  }
}

TEST_F(log_damage, rule_8_every_flipped_byte_of_the_other_files_is_refused_or_harmless) {
  flip_each("identity", [](std::size_t) { return outcome::refused; });
  flip_each("lock", [](std::size_t) { return outcome::whole; });
  flip_each("mark", [](std::size_t at) {
    return at % 2048 < 64 ? outcome::whole_and_told : outcome::whole;
  });
}

TEST_F(log_damage, rule_8_every_truncation_of_the_other_files_is_refused_or_harmless) {
  truncate_each("identity", [](std::size_t) { return outcome::refused; });
  truncate_each("lock", [](std::size_t) { return outcome::whole; });
  // Zeros are added, as which a checksum may end. An empty mark is given up by a person.
  const auto slot = files_.at("mark").substr(0, 64).find_last_not_of('\0') + 1;
  truncate_each("mark", [slot](std::size_t length) {
    return length == 0     ? outcome::whole_and_told
           : length < slot ? outcome::refused
                           : outcome::whole_and_told;
  });
}

TEST_F(log_damage, rule_8_a_lost_file_is_refused) {
  for (const char* name : {"identity", "mark", first_segment, last_segment}) {
    restore_with(name, "");
    std::filesystem::remove(path(name));
    EXPECT_EQ(open_now(name), outcome::refused) << name;
    EXPECT_THAT(message_, HasSubstr(path(name)));
  }
  restore_with("lock", "");
  std::filesystem::remove(path("lock"));
  EXPECT_EQ(open_now("lock"), outcome::whole);
}

TEST_F(log_damage, rule_8_a_file_of_another_log_is_refused) {
  temporary_directory other;
  log_world stranger(posix_, other.path());
  stranger.random.next();
  ASSERT_TRUE(stranger.open());
  stranger.crash();
  for (const char* name : {"identity", "mark", first_segment}) {
    restore_with(name, read_file(other.path() + "/" + name));
    EXPECT_EQ(open_now(name), outcome::refused) << name;
  }
}

TEST_F(log_damage, rule_8_a_segment_under_another_name_is_refused) {
  restore_with(first_segment, files_.at(last_segment));
  EXPECT_EQ(open_now("copied"), outcome::refused);
  restore_with("segment-0000000000000004.log", files_.at(last_segment));
  EXPECT_EQ(open_now("gap"), outcome::refused);
  EXPECT_THAT(message_, HasSubstr("segment-0000000000000003.log at 0: the file is missing"));
}

TEST_F(log_damage, rule_8_a_newer_format_is_refused_by_name) {
  for (const char* name : {"identity", first_segment}) {
    std::string bytes = files_.at(name);
    auto header = decode_file_header(bytes, name).value();
    header.format = 9;
    header.oldest_reader = 9;
    auto newer = encode(header);
    std::ranges::copy(newer, bytes.begin());
    restore_with(name, bytes);
    auto opened = world_.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::unsupported_format);
    EXPECT_THAT(opened.error().message, HasSubstr(path(name)));
    EXPECT_THAT(opened.error().message, HasSubstr("log format 9"));
    EXPECT_EQ(verify_log(posix_, directory_.path()).error().code, errc::unsupported_format);
  }
}

TEST_F(log_damage, rule_8_damage_after_opening_is_refused_when_it_is_read) {
  restore_with("lock", "");
  world_.options.tail_bytes = 0;
  ASSERT_TRUE(world_.open());
  std::string bad = files_.at(first_segment);
  std::size_t position = position_of(10);
  bad[position + 40] ^= 1;
  write_file(path(first_segment), bad);
  auto read = world_.log().read(runtime::partition_index(1), runtime::offset(0), 1 << 20);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::corrupt);
  EXPECT_THAT(read.error().message,
              HasSubstr(fmt::format("{} at {}", path(first_segment), position)));
  auto at = world_.log().read_at({}, std::vector<runtime::offset>{runtime::offset(10)});
  EXPECT_EQ(at.error().code, errc::corrupt);
}

}  // namespace
}  // namespace perdure::transport
