#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/author/registry.hpp"
#include "runtime/author/run_core.hpp"
#include "runtime/turn_executor.hpp"

namespace perdure {

/// One run as coroutines: owns the handler object and all frames. Once it has given `parked`, its
/// frame is of no use any more and it gives the same again; a run is moved on by a new execution.
class coroutine_execution final : public runtime::execution {
 public:
  /// `agent` outlives it. An exception of the handler's constructor parks the first activation.
  coroutine_execution(const registered_agent& agent, runtime::operation_kind kind,
                      runtime::run_description run);
  ~coroutine_execution() override;

  runtime::turn_result activate(const runtime::activation& work) override;
  runtime::expected<runtime::payload> query(std::string_view name,
                                            const runtime::payload& input) override;

 private:
  void replay(const runtime::past_turn& past);
  void run_turn(runtime::turn_seq seq, timestamp now, const std::vector<runtime::data_item>& data,
                detail::run_core::mode how);
  void start(const runtime::data_item& item);
  void park(runtime::park_reason reason, std::string detail);
  runtime::turn_result parked_result(const runtime::activation& work) const;
  runtime::turn_result finish_turn(const runtime::activation& work);
  void end_run(runtime::turn_result& result);
  void end_run(runtime::turn_result& result, failure why) const;
  bool has_ended() const { return refused_ || (body_ && body_.has_ended()); }

  const registered_agent& agent_;
  const runtime::operation_kind kind_;
  const runtime::run_description run_;
  detail::run_core core_;
  context context_;
  std::unique_ptr<agent_handler> handler_;  // may hold pendings: ends before core_
  workflow_body body_;
  std::optional<failure> refused_;  ///< the input could not be read: the run fails with this
  bool closed_ = false;
  std::size_t replayed_commands_ = 0;
  std::optional<detail::breakage> parked_;
};

}  // namespace perdure
