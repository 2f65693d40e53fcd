#include "runtime/state.hpp"

namespace perdure::runtime {

void state::apply_log_opened(const decoded_record& record, actions& out) {
  const auto& opened = record.as<wire::LogOpened>();
  if (incarnation(opened.incarnation()) <= log_) {
    out.emplace_back(ignored{"not newer than the incarnation at hand"});
    return;
  }
  log_ = incarnation(opened.incarnation());
  name_space_ = opened.namespace_();
  number_ = opened.number();
  partitions_ = opened.partitions();
}

}  // namespace perdure::runtime
