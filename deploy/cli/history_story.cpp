#include "deploy/cli/history_story.hpp"

#include <iterator>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "deploy/cli/text_width.hpp"

namespace perdure::deploy {
namespace {

/// "step 3 fetch_page", "timer 4", "call 5 legal.v1.Policy/Decide".
std::string thing(const json& event, std::string_view kind) {
  auto result = fmt::format("{} {}", kind, number_of(event, "thing"));
  if (const auto name = text_of(event, "name"); !name.empty()) result += " " + name;
  return result;
}

/// " after 73 ms", " (attempt 2)"
std::string took(const json& event) {
  const auto us = number_of(event, "took_us");
  return us == 0 ? std::string() : " after " + duration_in_words(us);
}
std::string attempt(const json& event) {
  const auto number = number_of(event, "attempt");
  return number <= 1 ? std::string() : fmt::format(" (attempt {})", number);
}
std::string target(const json& event) {
  const auto text = text_of(event, "target");
  return text.empty() ? text : " of " + text;
}
/// ", due 2026-01-03 00:00:00.500"
std::string due(const json& event) {
  const auto text = text_of(event, "due");  // as RFC 3339, to the microsecond, UTC
  if (text.size() < 23) return {};
  return fmt::format(", due {} {}", text.substr(0, 10), text.substr(11, 12));
}
std::string because(const json& event) {
  const auto detail = text_of(event, "detail");
  return detail.empty() ? detail : ": " + detail;
}

using phrase = std::string (*)(const json&);

/// How each kind of event is told; the value follows.
const std::map<std::string_view, phrase>& phrases() {
  static const std::map<std::string_view, phrase> all = {
      {"started", [](const json&) { return std::string("started, given"); }},
      {"step_scheduled",
       [](const json& e) {
         const auto mode = text_of(e, "detail");
         return "asks for " + thing(e, "step") + (mode.empty() ? "" : ", " + mode) + ", given";
       }},
      {"step_completed",
       [](const json& e) { return thing(e, "step") + attempt(e) + " done" + took(e) + ", gave"; }},
      {"step_failed",
       [](const json& e) { return thing(e, "step") + attempt(e) + " failed" + took(e) + ":"; }},
      {"step_cancelled", [](const json& e) { return "cancels " + thing(e, "step"); }},
      {"timer_started", [](const json& e) { return "starts " + thing(e, "timer") + due(e); }},
      {"timer_fired", [](const json& e) { return thing(e, "timer") + " fired"; }},
      {"timer_cancelled", [](const json& e) { return "cancels " + thing(e, "timer"); }},
      {"call_scheduled",
       [](const json& e) { return "makes " + thing(e, "call") + target(e) + ", given"; }},
      {"call_started", [](const json& e) { return thing(e, "call") + " has begun"; }},
      {"call_completed",
       [](const json& e) { return thing(e, "call") + " answered" + took(e) + ":"; }},
      {"call_failed", [](const json& e) { return thing(e, "call") + " failed" + took(e) + ":"; }},
      {"call_cancelled", [](const json& e) { return "cancels " + thing(e, "call"); }},
      {"signal_received",
       [](const json& e) { return "receives the signal " + text_of(e, "name") + ", given"; }},
      {"signal_sent",
       [](const json& e) {
         return "sends the signal " + text_of(e, "name") + " to " + text_of(e, "target") +
                ", given";
       }},
      {"cancel_requested", [](const json&) { return std::string("is asked to stop:"); }},
      {"deadline_passed", [](const json&) { return std::string("its time is over"); }},
      {"paused", [](const json& e) { return "paused" + because(e); }},
      {"resumed", [](const json& e) { return "goes on" + because(e); }},
      {"parked", [](const json& e) { return "parked, " + text_of(e, "name") + because(e); }},
      {"completed", [](const json&) { return std::string("completed with"); }},
      {"failed", [](const json& e) { return "failed" + because(e) + ":"; }},
      {"cancelled", [](const json& e) { return "ended as cancelled" + because(e) + ":"; }},
      {"terminated", [](const json& e) { return "terminated" + because(e); }},
      {"timed_out", [](const json& e) { return "ended as timed out" + because(e) + ":"; }},
  };
  return all;
}

std::string sentence(const json& event) {
  const auto kind = text_of(event, "kind");
  if (const auto known = phrases().find(kind); known != phrases().end())
    return known->second(event);
  // A kind that this program does not know yet.
  auto result = kind;
  if (number_of(event, "thing") != 0) result += fmt::format(" {}", number_of(event, "thing"));
  if (const auto name = text_of(event, "name"); !name.empty()) result += " " + name;
  return result + because(event);
}

/// Whether the sentence has a place for a value.
bool expects_value(std::string_view sentence) {
  return sentence.ends_with(" given") || sentence.ends_with(" gave") ||
         sentence.ends_with(" with") || sentence.ends_with(':');
}

class storyteller {
 public:
  storyteller(std::size_t width, value_length values) : width_(width), values_(values) {}

  void tell(const json& event) {
    const auto time = time_in_words(text_of(event, "time"));
    const auto build = text_of(event, "build");
    if (!build.empty() && build != build_) {
      fmt::format_to(out(), "{}build {}\n", build_.empty() ? "" : "from here on ", build);
      build_ = build;
    }
    // The milliseconds matter within a story, the date does not.
    const auto whole = text_of(event, "time");
    constexpr std::size_t date = 11;
    constexpr std::size_t to_the_millisecond = 23;
    const auto day = time.substr(0, date - 1);
    if (day != day_) {
      fmt::format_to(out(), "{} (UTC)\n", day);
      day_ = day;
    }
    const auto clock = whole.size() >= to_the_millisecond
                           ? whole.substr(date, to_the_millisecond - date)
                           : std::string(12, ' ');
    add(clock + "  ", sentence(event), event);
  }

  std::string take() { return std::move(text_); }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }

  void add(const std::string& front, std::string line, const json& event) {
    const auto failure = event.find("failure");
    const auto body = event.find("body");
    const bool has_value = failure != event.end() || body != event.end();
    if (!has_value) {
      for (std::string_view ending : {", given", ", gave", " with", ":"}) {
        if (line.ends_with(ending)) line.resize(line.size() - ending.size());
      }
      return put(front, line);
    }
    const auto value = failure != event.end()           ? failure_in_words(*failure)
                       : values_ == value_length::whole ? whole_value(*body)
                                                        : value_in_words(*body);
    if (!expects_value(line)) line += ":";
    if (values_ == value_length::one_line) return put(front, line + " " + value);
    put(front, line);
    put_indented(value);
  }

  void put(const std::string& front, const std::string& line) {
    const auto whole = front + line;
    text_ += width_ > 0 && values_ == value_length::one_line ? fitted(whole, width_)
                                                             : fitted(whole, std::string::npos);
    text_ += "\n";
  }

  void put_indented(const std::string& value) {
    for (std::size_t at = 0; at <= value.size();) {
      const auto end = std::min(value.find('\n', at), value.size());
      text_ += std::string(14, ' ') + fitted(value.substr(at, end - at), std::string::npos) + "\n";
      at = end + 1;
    }
  }

  std::size_t width_;
  value_length values_;
  std::string text_;
  std::string build_;
  std::string day_;
};

}  // namespace

std::string tell_story(const json& events, std::size_t width, value_length values) {
  storyteller teller(width, values);
  for (const auto& event : events) teller.tell(event);
  return teller.take();
}

}  // namespace perdure::deploy
