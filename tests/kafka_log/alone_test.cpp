// What is alone does not wait for the log's thread (docs/adr/0017-what-is-alone.md): here there is
// none, but where a test plays it.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "tests/kafka_log/mock_cluster.hpp"
#include "tests/unit/transport/temporary_directory.hpp"
#include "transport/kafka/kafka_fetcher.hpp"
#include "transport/kafka/kafka_log.hpp"
#include "transport/system_clock.hpp"
#include "transport/system_random.hpp"

namespace perdure::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class mock_alone : public ::testing::Test, public runtime::log_listener {
 public:
  ~mock_alone() override { log_->close(); }

 protected:
  mock_alone() {
    brokers_.create_topic("perdure.team", 2);
    const std::vector<transport::kafka_topic> topics{
        {"perdure.team", "", {runtime::partition_index(1), runtime::partition_index(2)}}};
    auto options = brokers_.options();
    transport::write_file(secret_, "here");
    options.properties.push_back({"client.rack", "file:" + secret_});
    auto opened = transport::kafka_log::open(options, topics,
                                             {clock_, random_, [](auto, const std::string&) {}},
                                             [](std::span<const runtime::log_record>) {});
    EXPECT_TRUE(opened) << opened.error().message;
    log_ = *std::move(opened);
    log_->set_listener(*this);
    EXPECT_TRUE(log_->run_once()) << "as its driver does to begin with";
  }
  void submit(std::uint32_t partition, const std::string& bytes) {
    log_->submit({.bytes = bytes,
                  .entries = {{.partition = runtime::partition_index(partition),
                               .length = static_cast<std::uint32_t>(bytes.size())}},
                  .completion = [this, bytes](const runtime::expected<runtime::offset>& outcome) {
                    note(outcomes_, outcome ? bytes : outcome.error().message);
                  }});
  }

  void on_durable(std::span<const runtime::log_record> records) override {
    for (const auto& record : records) {
      note(heard_, std::string(record.bytes.view()));
      if (answer_ > 0) submit(2, std::to_string(--answer_));
    }
  }
  void on_lost(runtime::partition_index, const runtime::error& why) override {
    ADD_FAILURE() << why.message;
  }
  void on_forgotten(runtime::partition_index) override { ADD_FAILURE(); }

  /// False: not within that time.
  bool wait_for(const std::vector<std::string>& list, std::size_t count,
                std::chrono::seconds time = std::chrono::minutes(1)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return list.size() >= count; });
  }

  std::size_t count_of_heard() {
    const std::scoped_lock lock(mutex_);
    return heard_.size();
  }

  const transport::temporary_directory directory_;
  const std::string secret_ = directory_.path() + "/secret";
  mock_cluster brokers_;
  transport::system_clock clock_;
  transport::system_random random_;
  std::vector<std::string> outcomes_, heard_;
  int answer_ = 0;  ///< so many more are submitted, each when one is heard
  std::unique_ptr<transport::kafka_log> log_;

 private:
  void note(std::vector<std::string>& list, std::string what) {
    const std::scoped_lock lock(mutex_);
    list.push_back(std::move(what));
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
};

TEST_F(mock_alone, it_is_sent_and_told_without_a_driver) {
  constexpr std::size_t count = 10;
  std::vector<std::string> records;
  std::size_t alone = 0;
  while (records.size() < count) {
    records.push_back(std::to_string(records.size()));
    submit(1 + records.size() % 2, records.back());
    if (wait_for(heard_, records.size(), std::chrono::seconds(2))) {
      ++alone;
      EXPECT_TRUE(log_->is_idle()) << "and whoever told it is done";
      continue;
    }
    // On a busy machine the acknowledgement may come before `submit` has let go: the driver's then.
    while (count_of_heard() < records.size()) ASSERT_TRUE(log_->run_once());
  }
  EXPECT_GE(alone, 1U);
  EXPECT_EQ(outcomes_, records);
  EXPECT_EQ(heard_, records);
}

TEST_F(mock_alone, what_waits_behind_it_is_left_to_the_driver) {
  brokers_.set_down(1);
  submit(1, "first");
  submit(1, "second");
  submit(2, "third");
  brokers_.set_up(1);
  ASSERT_TRUE(wait_for(heard_, 1));
  EXPECT_EQ(count_of_heard(), 1U);
  while (count_of_heard() < 3) {
    ASSERT_TRUE(log_->run_once());
    log_->wait_for_work();
  }
  EXPECT_THAT(heard_, ::testing::UnorderedElementsAre("first", "second", "third"));
  EXPECT_EQ(heard_.front(), "first");
}

TEST_F(mock_alone, what_is_refused_at_once_is_told_by_the_driver) {
  submit(3, "no such partition");
  submit(1, std::string(log_->limit_bytes() + 1, 'x'));
  EXPECT_EQ(outcomes_.size(), 0U) << "whoever submits may not be ready to be called back";
  ASSERT_TRUE(log_->run_once());
  EXPECT_THAT(outcomes_,
              ElementsAre(HasSubstr("no partition 3"), HasSubstr("append less at once")));
}

TEST_F(mock_alone, nothing_goes_and_nothing_is_told_when_the_driver_has_left) {
  brokers_.set_down(1);
  submit(1, "on its way");
  log_->leave();
  submit(2, "waits");
  brokers_.set_up(1);
  const auto fetcher = *transport::kafka_fetcher::open(brokers_.options(), clock_);
  const transport::kafka_partition first{"perdure.team", "", 0, runtime::partition_index(1)};
  for (std::int64_t end = 0; end < 1;) {  // it lands; its acknowledgement is on the way back
    if (const auto found = fetcher->ends_of(first, runtime::seconds(2))) end = found->end;
  }
  log_->close();
  EXPECT_THAT(outcomes_, ElementsAre("on its way", "the log is closed"));
  EXPECT_EQ(count_of_heard(), 0U);
}

TEST_F(mock_alone, a_producer_that_cannot_be_made_anew_sends_nothing) {
  std::filesystem::remove(secret_);
  log_->break_producer();
  std::optional<runtime::error> why;
  while (!why) {
    if (auto done = log_->run_once(); !done) why = done.error();
  }
  EXPECT_THAT(why->message, HasSubstr("secret cannot be read"));
  submit(1, "late");
  log_->close();
  EXPECT_THAT(outcomes_, ElementsAre("the log is closed"));
}

/// The driver of this one does nothing but what it is woken for.
TEST_F(mock_alone, a_listener_may_submit_from_whichever_thread_tells_it) {
  constexpr int answers = 200;
  answer_ = answers;
  std::jthread driver([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      EXPECT_TRUE(log_->run_once());
      log_->wait_for_work();
    }
  });
  submit(1, "begin");
  EXPECT_TRUE(wait_for(heard_, answers + 1));
  driver.request_stop();
  log_->stop_waiting();
}

}  // namespace
}  // namespace perdure::testing
