#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/sim/client_script.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/workload.hpp"
#include "tests/world/script.hpp"

namespace perdure::sim {

/// A workload of client scripts and of one agent, named after it: "ring.Agent". All its workflow
/// ids begin with the name.
class scripted : public workload {
 public:
  explicit scripted(std::string name) : name_(std::move(name)) {}
  bool over() const override { return ask_.are_done(); }
  void check() const override {}
  void begin(cluster& on) final {
    ask_.enter(on);
    begin();
  }

 protected:
  using shown = testing::script_run;
  using code = testing::script_code;

  /// The clients are there: add their scripts.
  virtual void begin() = 0;
  std::string agent() const { return name_ + ".Agent"; }
  std::string id(std::string_view what, std::size_t number) const {
    return fmt::format("{}.{}{}", name_, what, number);
  }
  order of(std::string operation, std::string id, std::string input = {}) const {
    order what;
    what.agent = agent();
    what.operation = std::move(operation);
    what.id = std::move(id);
    what.input = std::move(input);
    return what;
  }
  void offer_agent(registry& to, const std::map<std::string, code>& operations) const {
    testing::add_script(to, operations, {.name = agent(), .build = {}});
  }
  void expect(bool holds, std::string_view who, std::string_view what) const {
    if (!holds) throw violated(fmt::format("{}: {}", who, what));
  }
  void expect_same(const std::string& got, const std::string& wanted, std::string_view who) const {
    if (got != wanted) throw violated(fmt::format("{} gave '{}', not '{}'", who, got, wanted));
  }

  clients ask_;
  ledger world_;

 private:
  const std::string name_;
};

}  // namespace perdure::sim
