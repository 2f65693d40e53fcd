#include "tests/unit/actors/memory_log.hpp"

#include <algorithm>
#include <utility>

#include "runtime/record.hpp"

namespace perdure::actors {

using runtime::errc;
using runtime::expected;
using runtime::log_record;
using runtime::offset;

namespace {

std::optional<runtime::record_kind> kind_of(const runtime::append_request& request) {
  const auto& first = request.entries.front();
  const auto record = runtime::record_view::parse(
      runtime::payload(request.bytes.substr(first.begin, first.length)));
  return record ? std::optional(record->front().kind) : std::nullopt;
}

}  // namespace

void memory_log::drive() {
  stopping_ = false;
  writer_ = std::jthread([this] {
    while (true) {
      wait_for_work();
      const bool last = [this] {
        const std::lock_guard lock(mutex_);
        return stopping_;
      }();
      const auto written = run_once();
      if (last && written && *written == 0) return;
    }
  });
}

void memory_log::stop() {
  stop_waiting();
  if (writer_.joinable()) writer_.join();
}

void memory_log::hold_back() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void memory_log::let_go() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

void memory_log::lose_waiting() {
  std::vector<runtime::append_request> lost;  // ends without the lock: it may hold anything
  const std::lock_guard lock(mutex_);
  lost = std::exchange(waiting_, {});
}

std::size_t memory_log::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void memory_log::wait_for_waiting() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.empty(); });
}

void memory_log::fail_next(int count, fate what, bool messages) {
  const std::lock_guard lock(mutex_);
  failing_ = count;
  messages_fail_ = messages;
  failing_how_ = what;
}

std::optional<memory_log::fate> memory_log::fate_of(const runtime::append_request& request) {
  const auto kind = kind_of(request);
  if (failing_ > 0 && (kind == runtime::record_kind::message) == messages_fail_) {
    --failing_;
    return failing_how_;
  }
  return fails && kind ? fails(*kind) : std::nullopt;
}

std::vector<log_record> memory_log::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

void memory_log::put(runtime::partition_index partition, std::string bytes) {
  runtime::append_request request;
  request.entries.push_back({partition, 0, static_cast<std::uint32_t>(bytes.size())});
  request.bytes = std::move(bytes);
  submit(std::move(request));
}

void memory_log::submit(runtime::append_request request) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(request));
  changed_.notify_all();
}

bool memory_log::is_over_limit(const runtime::append_request& request) const {
  return request.bytes.size() + 8 * request.entries.size() > limit;
}

offset memory_log::store(const runtime::append_request& request, std::vector<log_record>& written) {
  const auto bytes = std::make_shared<const std::string>(request.bytes);
  const offset first(records_.size() + 1);
  for (const auto& entry : request.entries) {
    log_record record{entry.partition,
                      offset(records_.size() + 1),
                      {bytes, std::string_view(*bytes).substr(entry.begin, entry.length)}};
    records_.push_back(record);
    written.push_back(std::move(record));
  }
  return first;
}

expected<std::size_t> memory_log::run_once() {
  std::vector<log_record> written;
  std::vector<std::pair<std::function<void(expected<offset>)>, expected<offset>>> told;
  runtime::log_listener* listener = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (held_) return 0U;
    for (auto& request : std::exchange(waiting_, {})) {
      if (is_over_limit(request)) {
        told.emplace_back(std::move(request.completion),
                          runtime::fail(errc::too_large, "a request over the limit"));
        continue;
      }
      const auto failure = fate_of(request);
      expected<offset> landed = runtime::fail(errc::outcome_unknown, "nobody knows");
      if (failure != fate::lost) {
        const auto first = store(request, written);
        if (!failure) landed = first;
      }
      told.emplace_back(std::move(request.completion), landed);
    }
    listener = listener_;
  }
  if (listener != nullptr && !written.empty()) listener->on_durable(written);
  for (const auto& [completion, outcome] : told) {
    if (completion) completion(outcome);
  }
  return written.size();
}

void memory_log::wait_for_work() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return (!waiting_.empty() && !held_) || stopping_; });
}

void memory_log::stop_waiting() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

expected<std::vector<log_record>> memory_log::read(runtime::partition_index partition, offset after,
                                                   std::size_t) {
  const std::lock_guard lock(mutex_);
  std::vector<log_record> found;
  std::ranges::copy_if(records_, std::back_inserter(found), [&](const log_record& record) {
    return record.partition == partition && record.at > after;
  });
  return found;
}

expected<std::vector<log_record>> memory_log::read_at(runtime::partition_index partition,
                                                      std::span<const offset> offsets) {
  if (before_read) before_read();
  if (reads_fail) return runtime::fail(errc::io_failed, "the test's disk cannot be read");
  if (reads_unavailable > 0 && reads_unavailable-- > 0)
    return runtime::fail(errc::unavailable, "the test's broker is away");
  const std::lock_guard lock(mutex_);
  std::vector<log_record> found;
  for (const auto at : offsets) {
    if (at.value == 0 || at.value > records_.size() ||
        records_[at.value - 1].partition != partition)
      return runtime::fail(errc::corrupt, fmt::format("p{} has no record at {}", partition, at));
    found.push_back(records_[at.value - 1]);
  }
  return found;
}

offset memory_log::end(runtime::partition_index partition) const {
  const std::lock_guard lock(mutex_);
  const auto last =
      std::ranges::find(records_.rbegin(), records_.rend(), partition, &log_record::partition);
  return last == records_.rend() ? offset{} : last->at;
}

}  // namespace perdure::actors
