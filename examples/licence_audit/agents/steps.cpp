#include "examples/licence_audit/agents/steps.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "examples/licence_audit/classify.hpp"
#include "examples/licence_audit/excerpt.hpp"
#include "examples/licence_audit/package_files.hpp"

namespace licence_audit {
namespace {

/// Lets a person watch; a cancelled step does not keep anybody waiting.
void take_time(const perdure::step_context& step, std::uint32_t milliseconds) {
  constexpr std::uint32_t slice = 10;
  for (std::uint32_t passed = 0; passed < milliseconds; passed += slice) {
    step.throw_if_cancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(slice, milliseconds - passed)));
  }
}

std::vector<audit::v1::PackageFile> list(const std::string& directory, std::uint32_t limit) {
  auto found = find_package_files(directory);
  if (!found) throw perdure::permanent_error("no_packages", found.error());
  if (limit > 0 && found->size() > limit) found->resize(limit);
  std::vector<audit::v1::PackageFile> result;
  for (auto& file : *found) {
    auto& entry = result.emplace_back();
    entry.set_package(std::move(file.package));
    entry.set_path(std::move(file.path));
  }
  return result;
}

audit::v1::Excerpt read(const perdure::step_context& step, const audit::v1::ReadRequest& request) {
  take_time(step, request.step_delay_ms());
  auto bytes = read_package_file(request.path());
  return bytes ? make_excerpt(request.package(), *bytes)
               : unreadable(request.package(), std::move(bytes.error()));
}

audit::v1::PackageFinding judge(const perdure::step_context& step,
                                const audit::v1::Excerpt& excerpt, std::uint32_t delay_ms) {
  take_time(step, delay_ms);
  return classify(excerpt);
}

}  // namespace

void register_steps(perdure::registry& offered) {
  offered.add_step(list_packages, list);
  offered.add_step(read_copyright, read);
  offered.add_step(judge_excerpt, judge);
}

}  // namespace licence_audit
