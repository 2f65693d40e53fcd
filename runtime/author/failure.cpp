#include "runtime/author/failure.hpp"

#include <cstdlib>

#include <cxxabi.h>

#include "runtime/invariant.hpp"

namespace perdure {
namespace {

std::string readable_type_name(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
  return status == 0 ? std::string(text.get()) : std::string(mangled);
}

}  // namespace

failure::failure(failure_info info) {
  INVARIANT(info.kind != outcome::ok, "a failure cannot be ok: {}", runtime::to_text(info));
  auto text = runtime::to_text(info);
  data_ = std::make_shared<const data>(std::move(info), std::move(text));
}

failure::failure(std::string type, std::string message)
    : failure(failure_info{outcome::failed, std::move(type), std::move(message), {}, {}}) {}

failure failure::because_of(const failure& cause) const {
  auto info = data_->info;
  info.causes.push_back(cause.info());
  return failure(std::move(info));
}

failure_info describe_current_exception() {
  try {
    throw;
  } catch (const failure& known) {
    return known.info();
  } catch (const std::exception& other) {
    return {outcome::failed, readable_type_name(typeid(other).name()), other.what(), {}, {}};
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    return {outcome::failed,
            type == nullptr ? "unknown" : readable_type_name(type->name()),
            "an exception that is not a std::exception",
            {},
            {}};
  }
}

}  // namespace perdure
