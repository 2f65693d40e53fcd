#include "runtime/state.hpp"

namespace perdure::runtime {

void state::apply_config(const decoded_record& record, actions& out) {
  const auto& config = record.as<wire::Config>();
  if (config.version() != config_version_ + 1) {
    out.emplace_back(ignored{"not the next version of the config"});
    return;
  }
  config_version_ = config.version();
  callers_.assign(config.callers().begin(), config.callers().end());
  if (config.retention_seconds() != 0) retention_ = seconds(config.retention_seconds());
  if (config.retention_runs() != 0) retention_runs_ = config.retention_runs();
  out.emplace_back(config_changed{config_version_});
}

}  // namespace perdure::runtime
