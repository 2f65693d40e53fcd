#include "tests/sim/cluster.hpp"

namespace perdure::sim {

/// A node that is asked answers: at once what it knows or refuses, else when its append has landed
/// or failed, its code has run, another's quarantine is over. On a disk it may have to wait for
/// that.
runtime::duration cluster::longest_answer() const {
  return how_.embedded ? runtime::seconds(25) : runtime::seconds(25);
}

/// A client who asks elsewhere when he hears nothing would hide that nobody tells him. Whoever was
/// frozen meanwhile has as long again.
void cluster::expect_answer(const std::shared_ptr<request>& what) {
  world_.in(what->within, nullptr, [this, what, lived = what->of->freezes()] {
    if (what->answered || !what->of->alive()) return;
    if (what->of->frozen() || what->of->freezes() != lived) return expect_answer(what);
    throw violated(fmt::format("node {} has not answered after {} s: {}", what->of->node(),
                               what->within.us / 1'000'000, what->name));
  });
}

/// Whoever leaves, and only he, may let go of requests without an answer of their own.
void cluster::hear_of_answer(request& what, const runtime::error* refused) {
  what.answered = true;
  if (refused == nullptr || !refused->message.starts_with("the node is shutting down")) return;
  if (what.of->alive() && !leaving_.contains(what.of->number()))
    found_ = fmt::format("node {} says that it is shutting down, and is not: {}", what.of->node(),
                         what.name);
}

}  // namespace perdure::sim
