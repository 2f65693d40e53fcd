#include "nexus/door/message_door.hpp"

#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "nexus/door/door_wire.hpp"
#include "transport/http_error.hpp"

namespace perdure::nexus {

using runtime::errc;
using runtime::expected;
using runtime::fail;
using transport::http_request;
using transport::http_responder;

namespace {

constexpr std::string_view path = "/v1/doors/";
constexpr std::size_t most_entries = 1'000;
constexpr std::size_t around_a_record = 64;  // what a log adds to it, at most
constexpr std::size_t longest_name = 64;     // of a namespace
constexpr unsigned ok = 200, bad_request = 400, unauthorised = 401, forbidden = 403,
                   not_found = 404, too_large = 413, too_many = 429, unavailable = 503;

std::string_view header_of(const http_request& request, std::string_view name) {
  const auto* value = request.header(name);
  return value == nullptr ? std::string_view{} : *value;
}

unsigned status_of(errc code) {
  if (code == errc::denied) return forbidden;
  return code == errc::too_large ? too_large : bad_request;
}

}  // namespace

std::string_view name(door_refusal why) {
  switch (why) {
    case door_refusal::not_signed:
      return "not_signed";
    case door_refusal::not_here:
      return "not_here";
    case door_refusal::not_known:
      return "not_known";
    case door_refusal::wrong:
      return "wrong";
    case door_refusal::overloaded:
      return "overloaded";
    case door_refusal::closed:
      return "closed";
    case door_refusal::not_durable:
      return "not_durable";
  }
  return "";
}

/// Answers when the last of its appends has an outcome. Appends of one partition count as far as
/// all before them landed.
struct message_door::landing {
  struct append {
    runtime::append_request request;
    std::uint32_t partition = 0;
    std::uint32_t entries = 0;
    bool landed = false;
  };

  landing(std::shared_ptr<counters> to, http_responder answers)
      : counted(std::move(to)), responder(std::move(answers)) {}
  ~landing() { counted->bytes -= bytes; }
  landing(const landing&) = delete;
  landing& operator=(const landing&) = delete;

  /// Behind what is there for that partition, within what the log takes at once.
  void add(runtime::partition_index target, std::string_view record, std::size_t limit) {
    const auto [last, fresh] = newest.try_emplace(target.value, appends.size());
    const auto fits = [&](const append& to) {
      return to.request.bytes.size() + record.size() +
                 (to.request.entries.size() + 1) * around_a_record <=
             limit;
    };
    if (fresh || !fits(appends[last->second])) {
      last->second = appends.size();
      appends.emplace_back().partition = target.value;
    }
    auto& to = appends[last->second];
    to.request.entries.push_back({target, static_cast<std::uint32_t>(to.request.bytes.size()),
                                  static_cast<std::uint32_t>(record.size())});
    to.request.bytes += record;
    ++to.entries;
  }

  void on_outcome(std::size_t which, bool is_durable) {
    {
      const std::scoped_lock lock(mutex);
      appends[which].landed = is_durable;
      if (--open != 0) return;
    }
    answer();
  }

  void answer() {
    door_wire::Receipt receipt;
    std::map<std::uint32_t, std::pair<std::uint32_t, bool>> by_partition;  // durable, all so far
    bool all = true;
    for (const auto& one : appends) {
      auto& [entries, unbroken] = by_partition.try_emplace(one.partition, 0, true).first->second;
      unbroken = unbroken && one.landed;
      all = all && one.landed;
      if (unbroken) entries += one.entries;
    }
    for (const auto& [partition, of] : by_partition) {
      auto& durable = *receipt.add_durable();
      durable.set_partition(partition);
      durable.set_entries(of.first);
      counted->messages += of.first;
    }
    if (all)
      ++counted->deliveries;
    else
      ++counted->refused[static_cast<std::size_t>(door_refusal::not_durable)];
    transport::http_response response{.status = all ? ok : unavailable,
                                      .content_type = "application/x-protobuf"};
    response.body = receipt.SerializeAsString();
    response.headers.push_back({std::string(door_signature_header),
                                sign_answer(key, signature, response.status, response.body)});
    responder.send(std::move(response));
  }

  const std::shared_ptr<counters> counted;
  const http_responder responder;
  door_key key;
  std::string signature;  ///< of the request
  std::size_t bytes = 0;  ///< counted as on their way
  std::vector<append> appends;
  std::map<std::uint32_t, std::size_t> newest;  ///< append of each partition
  std::mutex mutex;
  std::size_t open = 0;
};

message_door::message_door(door_keys& keys, report_function report, door_options options)
    : keys_(keys), report_(std::move(report)), options_(options) {}

void message_door::open(runtime::log& log, own_namespaces own) {
  const std::scoped_lock lock(mutex_);
  log_ = &log;
  own_ = std::move(own);
}

void message_door::know(runtime::membership::neighbours neighbours) {
  const std::scoped_lock lock(mutex_);
  neighbours_ = std::move(neighbours);
}

void message_door::close() {
  const std::scoped_lock lock(mutex_);
  log_ = nullptr;
}

expected<door_key> message_door::authenticate(const http_request& request) {
  const auto from = header_of(request, door_from_header);
  const auto signature = header_of(request, door_signature_header);
  if (from.empty() || signature.empty())
    return fail(errc::denied,
                "a delivery says whose it is, and is signed: see docs/formats/door.md");
  auto key = keys_.find(from.substr(0, longest_name), header_of(request, door_key_header));
  if (!key) return key;
  const door_request words{transport::name(request.method), request.target, from, request.body};
  if (!is_same_signature(sign(*key, words), signature))
    return fail(errc::denied, "the signature does not fit the delivery");
  return key;
}

std::expected<delivery_sides, message_door::refusal> message_door::sides_of(
    const std::string& from, std::string_view target) const {
  const auto here = own_.find(target);
  if (here == own_.end()) {
    return std::unexpected(
        refusal{door_refusal::not_here,
                not_found,
                {errc::not_found, fmt::format("this door is none of namespace '{}'", target)}});
  }
  const auto there = neighbours_.find(from);
  if (there == neighbours_.end()) {
    return std::unexpected(refusal{
        door_refusal::not_known,
        unavailable,
        {errc::unavailable,
         fmt::format("the cluster log, as far as it is read here, has no neighbour '{}'", from)}});
  }
  return delivery_sides{from, there->second.row, here->second};
}

std::expected<void, message_door::refusal> message_door::admit(const http_request& request,
                                                               http_responder responder) {
  if (request.method != transport::http_method::post || !request.target.starts_with(path)) {
    return std::unexpected(refusal{
        door_refusal::not_here,
        not_found,
        {errc::not_found, "a door takes POST /v1/doors/{namespace}; the API is elsewhere"}});
  }
  auto key = authenticate(request);
  if (!key) return std::unexpected(refusal{door_refusal::not_signed, unauthorised, key.error()});
  auto made = std::make_shared<landing>(counted_, std::move(responder));
  made->key = *std::move(key);
  made->signature = header_of(request, door_signature_header);
  made->bytes = request.body.size();
  if ((counted_->bytes += made->bytes) > options_.bytes_in_flight) {
    return std::unexpected(
        refusal{door_refusal::overloaded,
                too_many,
                {errc::overloaded, fmt::format("messages with {} bytes are on their way to the log",
                                               counted_->bytes.load())}});
  }
  const std::string from(header_of(request, door_from_header));
  const std::scoped_lock lock(mutex_);
  if (log_ == nullptr) {
    return std::unexpected(
        refusal{door_refusal::closed,
                unavailable,
                {errc::unavailable, "the node does not take messages now: it starts or ends"}});
  }
  auto sides = sides_of(from, std::string_view(request.target).substr(path.size()));
  if (!sides) return std::unexpected(sides.error());
  if (const auto filled = fill(*made, *sides, request.body); !filled) {
    const auto& why = filled.error();
    return std::unexpected(refusal{door_refusal::wrong, status_of(why.code), why});
  }
  told_.erase(from);
  append(made);
  return {};
}

/// All of a delivery may stand in the log, or nothing of it is appended.
expected<void> message_door::fill(landing& into, const delivery_sides& sides,
                                  const std::string& body) const {
  door_wire::Delivery delivery;
  if (!delivery.ParseFromString(body) || delivery.entries().empty())
    return fail(errc::invalid_argument, "the body is no delivery");
  if (static_cast<std::size_t>(delivery.entries_size()) > most_entries) {
    return fail(errc::too_large, fmt::format("{} messages at once: {} at most",
                                             delivery.entries_size(), most_entries));
  }
  runtime::record_decoder decoder;
  const auto limit = log_->limit_bytes();
  for (const auto& entry : delivery.entries()) {
    const auto& record = entry.record();
    const runtime::partition_index target(entry.partition());
    if (auto fits = check_delivered(decoder, sides, target, record); !fits) return fits;
    if (record.size() + around_a_record > limit) {
      return fail(errc::too_large, fmt::format("a message of {} bytes: the log of this namespace "
                                               "takes {} (kafka.bundle_bytes)",
                                               record.size(), limit - around_a_record));
    }
    into.add(target, record, limit);
  }
  return {};
}

/// With the lock held: the log is there. `submit` never calls back.
void message_door::append(const std::shared_ptr<landing>& what) {
  what->open = what->appends.size();
  for (std::size_t i = 0; i < what->appends.size(); ++i) {
    auto request = std::move(what->appends[i].request);
    request.completion = [what, i](const expected<runtime::offset>& landed) {
      what->on_outcome(i, landed.has_value());
    };
    log_->submit(std::move(request));
  }
}

void message_door::handle(http_request request, http_responder responder) {
  const auto taken = admit(request, responder);
  if (taken) return;
  const auto& why = taken.error();
  ++counted_->refused[static_cast<std::size_t>(why.why)];
  tell(std::string(header_of(request, door_from_header).substr(0, longest_name)), why);
  auto response =
      transport::make_http_error(why.status, runtime::name(why.error.code), why.error.message);
  if (why.status == too_many || why.status == unavailable)
    response.headers.push_back({"Retry-After", "1"});
  responder.send(std::move(response));
}

/// Once for each reason: who is refused tries again for ever. Whoever is not known by a key may say
/// any name, so they share one line.
void message_door::tell(const std::string& from, const refusal& why) {
  if (why.why == door_refusal::closed || why.why == door_refusal::overloaded) return;
  const bool stranger = why.why == door_refusal::not_signed || why.why == door_refusal::not_here;
  const auto line =
      fmt::format("the door refuses messages of {}: {}",
                  stranger ? "a sender that it does not know" : from, why.error.message);
  {
    const std::scoped_lock lock(mutex_);
    auto& told = told_[stranger ? std::string{} : from];
    if (std::exchange(told, line) == line) return;
  }
  report_(runtime::log_line::level::warning, line);
}

door_statistics message_door::statistics() const {
  door_statistics now;
  now.deliveries = counted_->deliveries;
  now.messages = counted_->messages;
  for (std::size_t i = 0; i < door_refusals; ++i) now.refused[i] = counted_->refused[i];
  return now;
}

}  // namespace perdure::nexus
