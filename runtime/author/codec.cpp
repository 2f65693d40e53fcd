#include "runtime/author/codec.hpp"

#include <limits>

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message_lite.h>

namespace perdure::detail {

void append_message(const google::protobuf::MessageLite& message, std::string& bytes) {
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  if (!message.SerializePartialToCodedStream(&coded)) {
    throw codec_error(fmt::format("a message of type {} cannot be serialised: it is over 2 GiB",
                                  message.GetTypeName()));
  }
}

void parse_message(std::string_view bytes, google::protobuf::MessageLite& message) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    reject(bytes, "a message of type " + message.GetTypeName());
  }
}

void append_length(std::size_t length, std::string& bytes) {
  for (; length >= 0x80; length >>= 7U) {
    bytes += static_cast<char>(length | 0x80U);
  }
  bytes += static_cast<char>(length);
}

std::string_view take_part(std::string_view& bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 9; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    length |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
    if ((byte & 0x80U) == 0) {
      if (length > bytes.size() - i - 1) {
        break;
      }
      const auto part = bytes.substr(i + 1, length);
      bytes.remove_prefix(i + 1 + length);
      return part;
    }
  }
  reject(bytes, "a part with its length before it");
}

void reject(std::string_view bytes, std::string_view wanted) {
  std::string start;
  for (const char c : bytes.substr(0, 40)) {
    start += c >= ' ' && c <= '~' ? c : '?';
  }
  throw codec_error(
      fmt::format("{} bytes that start with \"{}\" are not {}", bytes.size(), start, wanted));
}

}  // namespace perdure::detail

namespace perdure {

std::vector<std::string_view> split_parts(std::string_view bytes) {
  std::vector<std::string_view> parts;
  while (!bytes.empty()) parts.push_back(detail::take_part(bytes));
  return parts;
}

}  // namespace perdure
