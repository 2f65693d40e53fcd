#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "transport/http_json_text.hpp"

namespace perdure::nexus {

/// Appends JSON to a string, without a tree in between. The caller pairs begin and end.
class json_writer {
 public:
  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }

  json_writer& key(std::string_view name) {
    separate();
    transport::append_json_string(out_, name);
    out_ += ':';
    comma_ = false;
    return *this;
  }

  json_writer& value(std::string_view text) {
    separate();
    transport::append_json_string(out_, text);
    return *this;
  }
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(std::same_as<bool> auto truth) { return raw(truth ? "true" : "false"); }
  json_writer& value(std::integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    return raw(std::to_string(number));
  }
  /// `json` is JSON already.
  json_writer& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

  json_writer& member(std::string_view name, const auto& what) { return key(name).value(what); }
  /// Left out if empty.
  json_writer& optional_member(std::string_view name, std::string_view text) {
    return text.empty() ? *this : member(name, text);
  }

  std::string take() { return std::move(out_); }

 private:
  json_writer& open(char bracket) {
    separate();
    out_ += bracket;
    comma_ = false;
    return *this;
  }
  json_writer& close(char bracket) {
    out_ += bracket;
    comma_ = true;
    return *this;
  }
  void separate() {
    if (comma_) out_ += ',';
    comma_ = true;
  }

  std::string out_;
  bool comma_ = false;
};

}  // namespace perdure::nexus
