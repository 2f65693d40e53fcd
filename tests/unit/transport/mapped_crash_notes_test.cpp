// What a start finds in the page that the process before left, however that one ended.

#include "transport/mapped_crash_notes.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/memory_disk.hpp"
#include "tests/world/document.hpp"

namespace perdure::transport {
namespace {

using runtime::crash_note;
using runtime::crash_notes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t this_boot = 0xf34aa42616f18595;
constexpr std::size_t places = 254;
const std::string path = "/data/crash_notes";

crash_notes::note run(std::uint64_t created) {
  return {runtime::partition_index(4), {runtime::offset(created), runtime::thing_number()}};
}

class mapped_crash_notes_test : public ::testing::Test {
 protected:
  mapped_crash_notes_test() { start(); }

  /// The process ends in the middle of what it is doing.
  void crash() {
    auto after = disk_->after_kill();
    running_.clear();
    notes_.reset();
    disk_ = std::move(after);
  }
  void start(std::uint64_t boot = this_boot) {
    auto opened = mapped_crash_notes::open(*disk_, path, boot);
    ASSERT_TRUE(opened) << opened.error().message;
    notes_ = *std::move(opened);
    if (gets_an_epoch_) notes_->belong_to(runtime::session_id(++session_));
  }
  void crash_and_start(std::uint64_t boot = this_boot) {
    crash();
    start(boot);
  }

  /// Code of the run is running from now on.
  void begin(std::uint64_t created) { running_.emplace_back(*notes_, run(created)); }
  void begin_in_all_places() {
    for (std::size_t i = 0; i < places; ++i) begin(1000 + i);
  }
  std::optional<std::vector<crash_notes::note>> left() const {
    const auto page = notes_->left_behind();
    return page ? std::optional(page->running) : std::nullopt;
  }

  std::unique_ptr<memory_disk> disk_ = std::make_unique<memory_disk>();
  std::unique_ptr<mapped_crash_notes> notes_;
  std::deque<crash_note> running_;
  bool gets_an_epoch_ = true;
  std::uint64_t session_ = 40;
};

TEST_F(mapped_crash_notes_test, rule_5_3_what_was_running_at_the_end_is_known) {
  begin(13);
  begin(14);
  crash_and_start();
  EXPECT_THAT(left(), Optional(UnorderedElementsAre(run(13), run(14))));
}

TEST_F(mapped_crash_notes_test, rule_5_3_what_had_ended_is_not_noted) {
  begin(13);
  running_.clear();
  begin(14);
  crash_and_start();
  EXPECT_THAT(left(), Optional(ElementsAre(run(14))));
  crash_and_start();
  EXPECT_THAT(left(), Optional(IsEmpty())) << "a start empties the page";
}

TEST_F(mapped_crash_notes_test, a_run_that_runs_twice_is_noted_until_both_have_ended) {
  begin(13);
  begin(13);
  running_.pop_front();
  crash_and_start();
  EXPECT_THAT(left(), Optional(ElementsAre(run(13))));
}

TEST_F(mapped_crash_notes_test, the_first_start_knows_nothing) { EXPECT_EQ(left(), std::nullopt); }

TEST_F(mapped_crash_notes_test, rule_5_3_notes_of_another_boot_are_not_believed) {
  begin(13);
  crash_and_start(this_boot + 1);
  EXPECT_EQ(left(), std::nullopt);
  crash_and_start(this_boot + 1);
  EXPECT_THAT(left(), Optional(IsEmpty()));
}

TEST_F(mapped_crash_notes_test, rule_5_3_notes_of_a_boot_without_a_name_are_not_believed) {
  crash_and_start(0);
  begin(13);
  crash_and_start(0);
  EXPECT_EQ(left(), std::nullopt);
}

TEST_F(mapped_crash_notes_test, rule_5_3_a_damaged_page_is_not_believed_and_made_anew) {
  for (std::size_t at = 0; at < 24; ++at) {
    begin(13);
    crash();
    auto page = disk_->contents(path);
    page[at] = static_cast<char>(page[at] ^ 0x10);
    disk_->set_contents(path, page);
    start();
    EXPECT_EQ(left(), std::nullopt) << at;
    begin(14);
    crash_and_start();
    EXPECT_THAT(left(), Optional(ElementsAre(run(14)))) << at;
  }
}

TEST_F(mapped_crash_notes_test, rule_5_3_a_page_cut_short_is_not_believed_and_made_anew) {
  for (std::size_t size : {0, 1, 40, 4095}) {
    begin(13);
    crash();
    disk_->set_contents(path, disk_->contents(path).substr(0, size));
    start();
    EXPECT_EQ(left(), std::nullopt) << size;
    begin(14);
    crash_and_start();
    EXPECT_THAT(left(), Optional(ElementsAre(run(14)))) << size;
  }
}

TEST_F(mapped_crash_notes_test, rule_5_3_all_places_hold_a_note) {
  begin_in_all_places();
  crash_and_start();
  EXPECT_THAT(left(), Optional(SizeIs(places)));
}

TEST_F(mapped_crash_notes_test, rule_5_3_with_more_running_than_places_nothing_is_known) {
  begin_in_all_places();
  begin(13);
  crash_and_start();
  EXPECT_EQ(left(), std::nullopt) << "13 ran, and no place says so";
  crash_and_start();
  EXPECT_THAT(left(), Optional(IsEmpty()));
}

TEST_F(mapped_crash_notes_test, rule_5_3_a_place_that_became_free_does_not_note_who_found_none) {
  begin_in_all_places();
  begin(13);
  begin(14);
  running_.pop_back();
  running_.pop_front();
  begin(15);
  crash_and_start();
  EXPECT_EQ(left(), std::nullopt) << "13 still runs";
}

TEST_F(mapped_crash_notes_test, rule_5_3_when_all_that_found_no_place_have_ended_all_is_known) {
  begin_in_all_places();
  begin(13);
  begin(14);
  running_.pop_back();
  running_.pop_back();
  crash_and_start();
  EXPECT_THAT(left(), Optional(SizeIs(places)));
}

TEST_F(mapped_crash_notes_test, threads_that_come_and_go_leave_nothing) {
  constexpr std::uint64_t threads = 4;
  constexpr std::uint64_t rounds = 20;
  {
    std::vector<std::jthread> all;
    for (std::uint64_t who = 1; who <= threads; ++who) {
      all.emplace_back([this, who] {
        for (std::uint64_t round = 0; round < rounds; ++round) {
          std::deque<crash_note> running;
          for (std::uint64_t i = 0; i < places / 2; ++i) running.emplace_back(*notes_, run(who));
        }
      });
    }
  }
  crash_and_start();
  EXPECT_THAT(left(), Optional(IsEmpty()));
}

TEST_F(mapped_crash_notes_test, rule_5_3_the_page_is_that_of_the_last_session_that_had_an_epoch) {
  begin(13);
  gets_an_epoch_ = false;
  for (int start = 0; start < 3; ++start) {
    crash_and_start();
    EXPECT_EQ(notes_->left_behind()->session, runtime::session_id(41));
    EXPECT_THAT(left(), Optional(ElementsAre(run(13)))) << "nothing has run since";
  }
  notes_->belong_to(runtime::session_id(43));
  begin(14);
  notes_->belong_to(runtime::session_id(43));  // its second partition
  crash_and_start();
  EXPECT_EQ(notes_->left_behind()->session, runtime::session_id(43));
  EXPECT_THAT(left(), Optional(ElementsAre(run(14))));
}

/// A page that takes no store any more when it was asked for that often.
class dying_page final : public mapped_page {
 public:
  dying_page(std::unique_ptr<mapped_page> real, int stores)
      : real_(std::move(real)), stores_(stores) {}
  std::span<char, page_bytes> bytes() override {
    if (stores_-- > 0) return real_->bytes();
    std::ranges::copy(real_->bytes(), elsewhere_.begin());
    return elsewhere_;
  }
  runtime::expected<void> sync() override { return real_->sync(); }

 private:
  const std::unique_ptr<mapped_page> real_;
  int stores_;
  alignas(std::uint64_t) std::array<char, page_bytes> elsewhere_{};
};

class dying_disk final : public memory_disk {
 public:
  runtime::expected<std::unique_ptr<mapped_page>> map_page(const std::string& at) override {
    auto page = memory_disk::map_page(at);
    if (page && stores_left) page = std::make_unique<dying_page>(*std::move(page), *stores_left);
    return page;
  }
  std::optional<int> stores_left;
};

/// Half emptied it would say of the session before that nothing of it ran.
TEST(crash_notes_page, rule_5_3_a_process_that_ends_while_it_takes_the_page_leaves_nothing_wrong) {
  bool taken = false;
  for (int stores = 0; !taken; ++stores) {
    ASSERT_LT(stores, 100);
    dying_disk disk;
    const auto open = [&disk] { return *mapped_crash_notes::open(disk, path, this_boot); };
    const auto first = open();
    first->belong_to(runtime::session_id(41));
    first->take(run(13));
    disk.stores_left = stores;
    open()->belong_to(runtime::session_id(42));
    disk.stores_left.reset();
    const auto left = open()->left_behind();
    if (!left) continue;
    taken = left->session == runtime::session_id(42);
    EXPECT_EQ(left->running.empty(), taken) << stores;
  }
}

TEST_F(mapped_crash_notes_test, the_page_is_what_the_document_shows) {
  gets_an_epoch_ = false;
  crash_and_start();
  notes_->belong_to(runtime::session_id(43));
  // A thread's first note in a page goes to the first free place of all, so a new thread.
  std::jthread([this] { begin(13); }).join();
  const auto page = disk_->contents(path);
  EXPECT_EQ(page.substr(0, 48),
            testing::shown_bytes("data_directory.md", "0000: 50 52 44 4e 4f 54 45 31"));
  EXPECT_EQ(page.substr(48), std::string(4096 - 48, '\0'));
}

TEST_F(mapped_crash_notes_test, a_boot_has_one_name_for_all_its_processes) {
  const std::string boot_id = "/proc/sys/kernel/random/boot_id";
  EXPECT_EQ(mapped_crash_notes::this_boot(*disk_), 0u) << "there is no file that names it";
  disk_->set_contents(boot_id, "f0c2\n");
  const auto boot = mapped_crash_notes::this_boot(*disk_);
  EXPECT_NE(boot, 0u);
  EXPECT_EQ(mapped_crash_notes::this_boot(*disk_), boot);
  disk_->set_contents(boot_id, "f0c3\n");
  EXPECT_NE(mapped_crash_notes::this_boot(*disk_), boot);
}

}  // namespace
}  // namespace perdure::transport
