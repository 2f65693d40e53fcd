#include "nexus/door/door_link.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pthread.h>

namespace perdure::nexus {
namespace {

using level = runtime::log_line::level;

constexpr auto delivery_deadline = runtime::seconds(5);
constexpr auto connect_deadline = runtime::seconds(2);
constexpr std::size_t longest_answer = std::size_t{1} << 20;
constexpr std::size_t longest_problem = 300;
constexpr unsigned ok = 200, unauthorised = 401;

/// What a door has refused with, as far as it is fit to be shown: it may be anybody who answers.
std::string problem_in(const transport::http_response& response) {
  const auto parsed = nlohmann::json::parse(response.body, nullptr, false);
  const auto message = nlohmann::json::json_pointer("/error/message");
  std::string text;
  if (parsed.contains(message) && parsed[message].is_string()) text = parsed[message];
  std::string shown = fmt::format("status {}", response.status);
  if (!text.empty()) shown += ": ";
  for (const char c : std::string_view(text).substr(0, longest_problem))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return shown;
}

}  // namespace

door_link::door_link(std::string from, std::string to, door_environment world)
    : from_(std::move(from)), to_(std::move(to)), world_(std::move(world)) {
  counted_.from = from_;
  counted_.to = to_;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void door_link::send(runtime::foreign_message message) {
  const std::scoped_lock held(mutex_);
  queue_.add(std::move(message), world_.clock.monotonic());
  changed_.notify_all();
}

void door_link::know(std::vector<std::string> doors) {
  const std::scoped_lock held(mutex_);
  attempts_.set(std::move(doors), world_.random.next());
  changed_.notify_all();
}

void door_link::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

door_link_statistics door_link::statistics() const {
  const std::scoped_lock held(mutex_);
  auto now = counted_;
  now.waiting = queue_.size();
  if (const auto oldest = queue_.oldest(); oldest.us != 0)
    now.oldest = world_.clock.monotonic() - oldest;
  return now;
}

void door_link::run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "perdure.door");
  lock held(mutex_);
  while (!stop.stop_requested()) {
    if (const auto door = wait_for_work(held, stop)) deliver(held, *door);
  }
}

/// Where to deliver now; none if something has changed meanwhile.
std::optional<std::string> door_link::wait_for_work(lock& held, const std::stop_token& stop) {
  const auto work = [this] { return queue_.size() != 0; };
  if (!changed_.wait(held, stop, work)) return std::nullopt;
  if (attempts_.doors().empty()) {
    tell_problem(
        fmt::format("no node of namespace '{}' announces a door (doors.address there)", to_));
    changed_.wait(held, stop, [this] { return !attempts_.doors().empty(); });
    return std::nullopt;
  }
  const auto now = world_.clock.monotonic();
  if (auto door = attempts_.next(now)) return door;
  const auto pause = attempts_.not_before() - now;
  changed_.wait_for(held, stop, std::chrono::microseconds(pause.us),
                    [this] { return attempts_.not_before().us == 0; });
  return std::nullopt;
}

void door_link::deliver(lock& held, const std::string& door) {
  const auto& delivery = queue_.next_delivery({});
  const auto body = delivery.SerializeAsString();
  const auto entries = static_cast<std::size_t>(delivery.entries_size());
  held.unlock();
  const auto answer = ask(door, body, entries);
  held.lock();
  std::vector<std::function<void()>> landed;
  if (answer.receipt) landed = queue_.take_landed(*answer.receipt);
  counted_.delivered += landed.size();
  if (answer.problem.empty()) {
    attempts_.succeeded();
    tell_better();
  } else {
    ++counted_.failures;
    if (attempts_.failed(world_.clock.monotonic(), world_.random.next()))
      tell_problem(fmt::format("{}: {}", door, answer.problem));
  }
  held.unlock();
  for (const auto& tell : landed) tell();
  held.lock();
}

door_link::answer door_link::ask(const std::string& door, const std::string& body,
                                 std::size_t entries) {
  const auto key = world_.keys.to_sign(to_);
  if (!key) return {std::nullopt, key.error().message};
  const auto server = transport::parse_http_endpoint(door);
  if (!server) return {std::nullopt, server.error().message};
  if (!client_ || connected_to_ != door) {
    client_.emplace(transport::http_client_options{.server = *server,
                                                   .connect_deadline = connect_deadline,
                                                   .deadline = delivery_deadline,
                                                   .response_bytes = longest_answer});
    connected_to_ = door;
  }
  transport::http_request request{.method = transport::http_method::post,
                                  .target = "/v1/doors/" + to_};
  const auto signature = sign(*key, {transport::name(request.method), request.target, from_, body});
  request.headers = {{"Content-Type", "application/x-protobuf"},
                     {std::string(door_from_header), from_},
                     {std::string(door_key_header), key->id},
                     {std::string(door_signature_header), signature}};
  request.body = body;
  const auto response = client_->send(request);
  if (!response) return {std::nullopt, response.error().message};
  return read_answer(*response, *key, signature, entries);
}

/// Only who has the key can say that something is durable.
door_link::answer door_link::read_answer(const transport::http_response& response,
                                         const door_key& key, std::string_view signature,
                                         std::size_t entries) {
  const auto* signed_as = response.header(door_signature_header);
  if (signed_as == nullptr) {
    if (response.status == unauthorised) world_.keys.refresh(to_);
    if (response.status == ok) return {std::nullopt, "what answers there is no door"};
    return {std::nullopt, problem_in(response)};
  }
  answer made;
  if (!is_same_signature(*signed_as, sign_answer(key, signature, response.status, response.body)) ||
      !made.receipt.emplace().ParseFromString(response.body))
    return {std::nullopt, "the answer is not signed by the key that is shared"};
  std::size_t durable = 0;
  for (const auto& of : made.receipt->durable()) durable += of.entries();
  if (response.status != ok || durable < entries)
    made.problem = fmt::format("{} of {} messages are in the log there", durable, entries);
  return made;
}

/// With the lock held. Once for each problem.
void door_link::tell_problem(const std::string& problem) {
  if (std::exchange(problem_, problem) == problem) return;
  world_.report(level::warning,
                fmt::format("messages of namespace '{}' to '{}' wait: {}", from_, to_, problem));
}

void door_link::tell_better() {
  if (std::exchange(problem_, {}).empty()) return;
  world_.report(level::info,
                fmt::format("messages of namespace '{}' to '{}' go again", from_, to_));
}

}  // namespace perdure::nexus
