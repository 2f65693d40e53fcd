#include "tests/sim/cluster_seat.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace perdure::sim {

cluster_seat::cluster_seat(world& in, shared_log& log, const machine& on, life_ptr whose,
                           const runtime::membership::member_options& options, std::size_t recent,
                           std::function<void(std::string)> said, ready_function ready)
    : world_(in),
      of_(log),
      on_(on),
      whose_(std::move(whose)),
      said_(std::move(said)),
      ready_(std::move(ready)),
      log_(in, log, whose_) {
  begin(options, recent);
}

/// From the newest records on, if they hold a view; else from the first.
void cluster_seat::begin(const runtime::membership::member_options& options, std::size_t recent) {
  const auto known = of_.records().size();
  make(options, recent != 0 && known > recent ? known - recent : 0);
  if (!membership_->loaded()) make(options, 0);
  of_.listen(whose_, known, *membership_);
  membership_->on_caught_up();
}

void cluster_seat::make(const runtime::membership::member_options& options, std::size_t from) {
  using runtime::membership::reading_from;
  membership_ = std::make_unique<actors::cluster_membership>(
      actors::membership_services{
          log_, on_.clock,
          [this](runtime::log_line::level, const std::string& text) { said_(text); },
          [this] { look_later(); }},
      options, from == 0 ? reading_from::first_record : reading_from::within);
  membership_->on_durable(std::span(of_.records()).subspan(from));
}

void cluster_seat::forget() {
  of_.forget(whose_);
  if (membership_) membership_->close();
}

/// Not at once: whoever says that something has changed must not be called back.
void cluster_seat::look_later() {
  if (std::exchange(looks_, true)) return;
  world_.in({}, whose_, [this] { look(); });
}

void cluster_seat::look() {
  looks_ = false;
  if (ready_) {
    runtime::namespace_places places;
    for (const auto& [name, place] : membership_->namespaces())
      places.emplace(name, runtime::namespace_place{place.first, place.log});
    if (!places.empty()) std::exchange(ready_, nullptr)(places);
  }
  set_alarm();
}

void cluster_seat::set_alarm() {
  const auto next = membership_->next_wake();
  if (next.us == 0 || (alarm_.us != 0 && alarm_ <= next)) return;
  alarm_ = next;
  world_.in(on_.clock.until(next), whose_, [this, next] {
    if (alarm_ == next) alarm_ = {};
    membership_->on_time();
  });
}

}  // namespace perdure::sim
