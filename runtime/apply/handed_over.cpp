#include "runtime/state.hpp"

namespace perdure::runtime {

void state::apply_handed_over(const decoded_record& record, actions& out) {
  if (epoch(record.as<wire::HandedOver>().epoch()) != epoch_ || handed_over_) {
    out.emplace_back(ignored{"of another epoch, or handed over already"});
    return;
  }
  handed_over_ = true;
  out.emplace_back(left{epoch_});
}

}  // namespace perdure::runtime
