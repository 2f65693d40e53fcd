#include "runtime/simulation.hpp"
#include "runtime/state.hpp"

namespace perdure::runtime {

void state::apply_handed_over(const decoded_record& record, actions& out) {
  const bool current = epoch(record.as<wire::HandedOver>().epoch()) == epoch_;
  if ((!current && !MUTANT("handed-over-by-anybody")) || handed_over_) {
    REACHED("void-hand-over");
    out.emplace_back(ignored{"of another epoch, or handed over already"});
    return;
  }
  handed_over_ = true;
  out.emplace_back(left{epoch_});
}

}  // namespace perdure::runtime
