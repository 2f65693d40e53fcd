#include "tests/unit/runtime/traces/player.hpp"

#include <algorithm>

#include "tests/unit/runtime/records.hpp"
#include "tests/unit/runtime/took_effect.hpp"

namespace perdure::runtime::traces {
namespace {

template <class Number>
Number find_word(std::string_view word, Number first, Number last) {
  for (auto number = static_cast<unsigned>(first); number <= static_cast<unsigned>(last);
       ++number) {
    if (name(static_cast<Number>(number)) == word) return static_cast<Number>(number);
  }
  throw bad_trace(fmt::format("'{}' is no word for it", word));
}

id_policy to_policy(std::string_view word) {
  if (word == "reject_running") return id_policy::reject_running;
  if (word == "reject_ever") return id_policy::reject_ever;
  if (word == "attach") return id_policy::attach;
  throw bad_trace(fmt::format("'{}' is no id policy", word));
}

std::string shown(std::uint64_t at, const actions& did) {
  std::string text;
  for (const auto& action : did) {
    text += text.empty() ? fmt::format("  {:3} ", at) : "      ";
    text += to_text(action) + "\n";
  }
  return text.empty() ? fmt::format("  {:3} no action\n", at) : text;
}

}  // namespace

player::player() {
  for (std::uint32_t i = 0; i < 2; ++i)
    partitions_.push_back(std::make_unique<partition>(partition_index(i)));
}

player::partition& player::at(std::string_view name) {
  if (name == "P") return *partitions_[0];
  if (name == "Q") return *partitions_[1];
  throw bad_trace(fmt::format("'{}' is no partition: P or Q", name));
}

std::string player::play(std::string_view line) {
  const auto prompt = line.find("> ");
  if (prompt == std::string_view::npos) throw bad_trace(fmt::format("no command: '{}'", line));
  auto& where = at(line.substr(0, prompt));
  words said(line.substr(prompt + 2));
  contents_.clear();
  const auto& did = land(where, record(where, said));
  auto text = shown(offset_, did);
  if (where.folded.applied() != offset(offset_)) throw bad_trace("nothing was applied");
  return text;
}

const actions& player::land(partition& where, std::string bytes) {
  const offset at(++offset_);
  const auto decoded = decoder_.decode(at, payload(bytes));
  if (!decoded) throw bad_trace(decoded.error().message);
  did_.clear();
  where.folded.apply(*decoded, did_);
  where.log.push_back({at.value, std::move(bytes), took_effect(did_)});
  int index = 0;
  for (const auto& action : did_) {
    if (const auto* numbered = std::get_if<message_numbered>(&action)) {
      const auto& outgoing = decoded->as<wire::Turn>().outgoing(index);
      const auto content = static_cast<std::size_t>(index++);
      sent_[{where.folded.self(), numbered->target}].push_back(
          {outgoing.body(), content < contents_.size() ? contents_[content] : ""});
    }
  }
  return did_;
}

std::string player::changed_by_a_copy() {
  for (const auto& where : partitions_) {
    const auto records = where->log;
    for (const auto& entry : records) {
      if (!entry.had_effect) continue;
      const auto before = where->folded.canonical();
      land(*where, entry.bytes);
      if (where->folded.canonical() != before) return fmt::format("a copy of {}", entry.at);
    }
  }
  return {};
}

std::string player::record(partition& where, words& said) {
  const auto verb = said.at(0);
  if (verb == "copy") {
    const auto at = to_number(said.at(1));
    said.finish(2);
    const auto found = std::ranges::find(where.log, at, &entry::at);
    if (found == where.log.end()) throw bad_trace(fmt::format("no record {} here", at));
    return found->bytes;
  }
  if (verb == "turn") return turn(where, said);
  if (verb == "message") return message_record(where, said);
  if (verb == "claim") return claim(where, said);
  if (auto bytes = input(where, said, verb); !bytes.empty()) return bytes;
  if (auto bytes = decision(where, said, verb); !bytes.empty()) return bytes;
  throw bad_trace(fmt::format("'{}' is no command", verb));
}

std::string player::input(partition& where, words& said, const std::string& verb) {
  const timestamp now{to_us(
      said.value("at", fmt::format("{}us", std::max<std::int64_t>(1, where.folded.time().us))))};
  const auto run = said.value("run");
  if (verb == "log_opened") {
    const auto incarnation = said.number("incarnation", 7);
    said.finish(2);
    return log_opened_record(incarnation, said.at(1), 0, 1);
  }
  if (verb == "config") {
    config_words config{.version = said.number("version", where.folded.config_version() + 1)};
    if (const auto callers = said.value("callers")) config.callers = split(*callers, ',');
    config.retention_seconds = static_cast<std::uint32_t>(said.number("retention_seconds", 0));
    said.finish(1);
    return config_record(config);
  }
  if (verb == "start") {
    start_words start{.workflow_id = said.at(1)};
    start.key = said.value("key", start.workflow_id);
    start.input = said.value("input", "in");
    start.policy = to_policy(said.value("policy", "reject_running"));
    start.delay = {to_us(said.value("delay", "0s"))};
    start.timeout = {to_us(said.value("timeout", "0s"))};
    said.finish(2);
    return start_record(start, now);
  }
  if (verb == "signal") {
    const auto bytes = signal_record(said.at(1), said.at(2), said.value("key", said.at(2)),
                                     said.value("body", ""), now, run ? to_run(*run) : run_key{});
    said.finish(3);
    return bytes;
  }
  if (verb == "control") {
    const auto what = find_word(said.at(2), control_verb::terminate, control_verb::cancel);
    const auto bytes =
        control_record(said.at(1), what, said.value("key", said.at(2)), said.value("reason", ""),
                       now, run ? to_run(*run) : run_key{});
    said.finish(3);
    return bytes;
  }
  if (verb == "step_result") {
    step_result_words result{.run = to_run(said.at(1))};
    result.step = static_cast<std::uint32_t>(said.number("step", 1));
    result.attempt = static_cast<std::uint32_t>(said.number("attempt", 1));
    result.result = find_word(said.value("outcome", "ok"), outcome::ok, outcome::too_large);
    result.retryable = said.has("retryable");
    said.finish(2);
    return step_result_record(result, now);
  }
  if (verb == "barrier") return encoded(record_kind::barrier, wire::Barrier{});
  if (verb == "update") return encoded(record_kind::update, wire::Update{});
  return {};
}

std::string player::decision(partition& where, words& said, const std::string& verb) {
  const auto epoch = said.number("epoch", where.folded.current().value);
  if (verb == "clock") {
    wire::Clock clock;
    clock.set_epoch(epoch);
    clock.set_time_us(to_us(said.at(1)));
    said.finish(2);
    return encoded(record_kind::clock, clock, {clock.time_us()});
  }
  if (verb == "sent") {
    wire::Sent sent;
    sent.set_epoch(epoch);
    sent.set_target(at(said.at(1)).folded.self().value);
    sent.set_number(to_number(said.at(2)));
    said.finish(3);
    return encoded(record_kind::sent, sent);
  }
  if (verb == "started") {
    wire::Started started;
    started.set_epoch(epoch);
    set_key(*started.mutable_run(), to_run(said.at(1)));
    started.set_step(static_cast<std::uint32_t>(said.number("step", 0)));
    started.set_attempt(static_cast<std::uint32_t>(said.number("attempt", 0)));
    started.set_seq(said.number("seq", 0));
    said.finish(2);
    return encoded(record_kind::started, started);
  }
  if (verb == "handed_over") {
    wire::HandedOver last;
    last.set_epoch(epoch);
    said.finish(1);
    return encoded(record_kind::handed_over, last);
  }
  if (verb == "mark") return encoded(record_kind::mark, wire::Mark{});
  return {};
}

std::string player::claim(const partition& where, words& said) {
  wire::Claim claim;
  claim.set_session(said.number("session", 1));
  claim.set_replaces(said.number("replaces", where.folded.current().value));
  const auto suspects = said.value("suspects", "");
  claim.set_suspects_known(suspects != "unknown");
  for (const auto& run : split(suspects, ',')) {
    if (claim.suspects_known() && !run.empty()) set_key(*claim.add_suspects(), to_run(run));
  }
  said.finish(1);
  return encoded(record_kind::claim, claim, where.folded.time());
}

std::string player::message_record(const partition& where, words& said) {
  const auto& source = at(said.value("from", "P"));
  const auto number = said.number("number", 1);
  wire::Message message;
  message.set_source_incarnation(said.number("incarnation", source.folded.log().value));
  message.set_source_partition(source.folded.self().value);
  message.set_number(number);
  said.finish(1);
  const auto& channel = sent_[{source.folded.self(), where.folded.self()}];
  if (number == 0 || number > channel.size()) throw bad_trace("no turn sent that message");
  *message.mutable_body() = channel[number - 1].body;
  const auto& content = channel[number - 1].content;
  message.set_body_payload(content.empty() ? 0 : 1);
  if (content.empty()) return encoded(record_kind::message, message, source.folded.time());
  return encoded(record_kind::message, message, source.folded.time(), {content});
}

}  // namespace perdure::runtime::traces
