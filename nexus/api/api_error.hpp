#pragma once

#include <expected>
#include <string>

#include "runtime/error.hpp"
#include "transport/http_message.hpp"

namespace perdure::nexus {

/// The HTTP status that a code is answered with (docs/api.md).
unsigned http_status(runtime::errc code);

/// What a request is refused with. Made from a runtime::error, or with a status of HTTP's own.
struct api_error {
  unsigned status;
  runtime::errc code;
  std::string message;
  std::string allow;  ///< with 405: the methods that there are

  api_error(runtime::error error)  // NOLINT(google-explicit-constructor): errors pass upwards
      : status(http_status(error.code)), code(error.code), message(std::move(error.message)) {}
  api_error(unsigned http, runtime::errc kind, std::string text, std::string methods = {})
      : status(http), code(kind), message(std::move(text)), allow(std::move(methods)) {}
};

template <class T>
using api_result = std::expected<T, api_error>;

/// Refuses with the code's own status.
inline std::unexpected<api_error> refuse(runtime::errc code, std::string message) {
  return std::unexpected(api_error(runtime::error{code, std::move(message)}));
}

transport::http_response to_response(const api_error& error);

/// 200 (or another) with JSON.
transport::http_response json_response(std::string body, unsigned status = 200);

}  // namespace perdure::nexus
