#include "runtime/membership/cluster_action.hpp"

#include "runtime/invariant.hpp"

namespace perdure::runtime::membership {

std::string_view name(member_end value) {
  switch (value) {
    case member_end::left:
      return "left";
    case member_end::gone:
      return "gone";
    case member_end::replaced:
      return "replaced";
  }
  INVARIANT(false, "member end {} has no name", static_cast<int>(value));
}

namespace {

struct printer {
  std::string operator()(const member_joined& a) const {
    return fmt::format("node {} joined as member {}", a.node, a.member);
  }
  std::string operator()(const member_heard& a) const {
    return fmt::format("member {} is heard", a.member);
  }
  std::string operator()(const member_suspected& a) const {
    return fmt::format("member {} is suspected by {}", a.member, a.by);
  }
  std::string operator()(const member_refuted& a) const {
    return fmt::format("member {} is suspected no more", a.member);
  }
  std::string operator()(const member_leaving& a) const {
    return fmt::format("member {} is leaving", a.member);
  }
  std::string operator()(const member_ended& a) const {
    return fmt::format("member {} of node {} (session {}) ended: {}", a.member, a.node, a.session,
                       name(a.how));
  }
  std::string operator()(const node_drained& a) const {
    return fmt::format("node {} is {}", a.node, a.drained ? "drained" : "drained no more");
  }
  std::string operator()(const namespace_added& a) const {
    return fmt::format("namespace {} has partitions {} to {}", a.name, a.first,
                       a.first + a.count - 1);
  }
  std::string operator()(const member_warmed& a) const {
    return fmt::format("member {} is warm for partition {}", a.member, a.partition);
  }
  std::string operator()(const owner_changed& a) const {
    return fmt::format("partition {} goes from {} to {}", a.partition, a.from, a.to);
  }
  std::string operator()(const view_taken& a) const {
    return fmt::format("view by {} counts, what is before {} may go", a.by, a.forget);
  }
  std::string operator()(const view_refused& a) const {
    return fmt::format("view by {} refused: {}", a.by, a.why);
  }
  std::string operator()(const ignored& a) const { return fmt::format("nothing: {}", a.why); }
};

}  // namespace

std::string to_text(const cluster_action& what) { return std::visit(printer{}, what); }

}  // namespace perdure::runtime::membership
