#pragma once

#include <cstdint>
#include <string>

#include "runtime/client.hpp"

namespace perdure::actors {

/// Of what nodes say to each other: raised when a node of the version before would misread it.
inline constexpr std::uint32_t link_version = 1;

/// The first words of both sides.
struct greeting {
  std::uint32_t version = link_version;
  std::string node;
  runtime::session_id session;
  bool operator==(const greeting&) const = default;
};

struct passed_query {
  std::uint64_t number = 0;  ///< the asker's
  std::uint32_t attempt = 0;
  runtime::query_request request;
};

/// Asks for the catalogue of the program there.
struct description_request {
  std::uint64_t number = 0;  ///< the asker's
  std::uint32_t attempt = 0;
};

struct passed_answer {
  std::uint64_t number = 0;
  std::uint32_t attempt = 0;
  runtime::expected<runtime::payload> value;
};

std::string to_bytes(const greeting& what);
std::string to_bytes(const passed_query& what);
std::string to_bytes(const description_request& what);
std::string to_bytes(const passed_answer& what);

/// Errors: invalid_argument, for bytes that are none. An error that this build has no code for
/// comes as `unavailable`, with its text.
runtime::expected<greeting> decode_greeting(const std::string& bytes);
runtime::expected<passed_query> decode_query(const std::string& bytes);
runtime::expected<description_request> decode_description_request(const std::string& bytes);
runtime::expected<passed_answer> decode_answer(const std::string& bytes);

}  // namespace perdure::actors
