#include "tests/unit/transport/log_world.hpp"

#include <fmt/format.h>

namespace perdure::transport {

told told_of(const runtime::log_record& record) {
  return {record.at.value, record.partition.value, std::string(record.bytes.view())};
}

std::vector<told> told_of(std::span<const runtime::log_record> records) {
  std::vector<told> all;
  for (const auto& record : records) all.push_back(told_of(record));
  return all;
}

runtime::append_request request_of(
    const std::vector<std::pair<std::uint32_t, std::string>>& records) {
  runtime::append_request request;
  for (const auto& [partition, bytes] : records) {
    request.entries.push_back({.partition = runtime::partition_index(partition),
                               .begin = static_cast<std::uint32_t>(request.bytes.size()),
                               .length = static_cast<std::uint32_t>(bytes.size())});
    request.bytes += bytes;
  }
  return request;
}

log_world::log_world(file_system& files, std::string directory) : files_(files) {
  options.directory = std::move(directory);
  options.segment_bytes = 4096;
  options.index_bytes = 512;
  options.spin_us = 0;
}

runtime::expected<void> log_world::open() {
  crash();
  opened_with.clear();
  auto opened = embedded_log::open(options, {.files = files_, .clock = clock, .random = random},
                                   [this](std::span<const runtime::log_record> records) {
                                     for (const auto& record : records)
                                       opened_with.push_back(told_of(record));
                                   });
  if (!opened) return std::unexpected(opened.error());
  log_ = std::move(*opened);
  log_->set_listener(*this);
  return {};
}

std::size_t log_world::submit(const std::vector<std::pair<std::uint32_t, std::string>>& records) {
  std::size_t number = requests_++;
  auto request = request_of(records);
  request.completion = [this, number](runtime::expected<runtime::offset> outcome) {
    outcomes.insert_or_assign(number, std::move(outcome));
    order.push_back(fmt::format("outcome {}", number));
  };
  log_->submit(std::move(request));
  return number;
}

runtime::expected<runtime::offset> log_world::append(
    const std::vector<std::pair<std::uint32_t, std::string>>& records) {
  std::size_t number = submit(records);
  [[maybe_unused]] auto shows_in_outcome = log_->run_once();
  return outcomes.at(number);
}

void log_world::on_durable(std::span<const runtime::log_record> records) {
  durable.push_back(told_of(records));
  order.push_back(fmt::format("durable {}", records.size()));
}

}  // namespace perdure::transport
