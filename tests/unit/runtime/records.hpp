#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "runtime/client.hpp"
#include "runtime/decoded_record.hpp"
#include "runtime/outcome.hpp"

namespace perdure::runtime {

/// The bytes of one record. `bodies` are its payloads, numbered from 1.
std::string encoded(record_kind kind, const google::protobuf::Message& header, timestamp time = {1},
                    std::initializer_list<std::string_view> bodies = {}, slot_number slot = {});

/// One line that a person can read: the kind, the time, the header without its digests, the
/// payloads.
std::string to_text(const decoded_record& record);

/// A client's keyed requests, with what a test wants to choose.
struct start_words {
  std::string workflow_id = "w";
  std::string agent = "agent";
  std::string operation = "run";
  std::string key = "k";
  std::string input = "in";
  id_policy policy = id_policy::reject_running;
  duration delay = {};
  duration timeout = {};
};
std::string start_record(const start_words& words, timestamp time = {1});
std::string signal_record(std::string_view workflow_id, std::string_view name, std::string_view key,
                          std::string_view body = {}, timestamp time = {1}, run_key run = {});
std::string control_record(std::string_view workflow_id, control_verb verb, std::string_view key,
                           std::string_view reason = {}, timestamp time = {1}, run_key run = {});

std::string log_opened_record(std::uint64_t incarnation, std::string_view name_space,
                              std::uint32_t number, std::uint32_t partitions);
struct config_words {
  std::uint64_t version = 1;
  std::vector<std::string> callers = {};
  std::uint32_t retention_seconds = 0;
  std::uint32_t retention_runs = 0;
};
std::string config_record(const config_words& words);

struct step_result_words {
  run_key run;
  std::uint32_t step = 1;
  std::uint32_t attempt = 1;
  outcome result = outcome::ok;
  bool retryable = false;
  std::string body = {};
};
std::string step_result_record(const step_result_words& words, timestamp time = {1});

}  // namespace perdure::runtime
