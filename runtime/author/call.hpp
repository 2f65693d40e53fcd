#pragma once

#include <string>
#include <string_view>

#include "runtime/author/time.hpp"
#include "runtime/outcome.hpp"

namespace perdure {

using runtime::close_policy;
using runtime::id_policy;

/// Whom to call. Views: they need to live only as long as the call expression.
struct call_target {
  std::string_view name_space;  ///< empty: the caller's own
  std::string_view agent;
  std::string_view operation;
};

/// How to call.
struct call_options {
  std::string workflow_id;  ///< empty: a hash of (run, turn, n), so that replay finds the same
  id_policy policy = id_policy::reject_running;
  close_policy on_close = close_policy::cancel;  ///< what becomes of it when the caller closes
  time_span timeout = {};                        ///< the called run's deadline; 0: none
};

/// A signal's typed name: `static constexpr signal_name<approval> approve{"Approve"};`
template <class T>
struct signal_name {
  std::string_view name;
};

}  // namespace perdure
