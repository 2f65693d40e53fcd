#pragma once

#include <string_view>

#include "runtime/decoded_record.hpp"

namespace perdure::runtime {

/// What a keyed request asks for: the same key with another content is a conflict, and two such
/// requests must not hear each other's answers (DESIGN 3.7). Kept in checkpoints: never change.
digest content_of(const wire::Start& start, std::string_view input);
digest content_of(const wire::Signal& signal, std::string_view body);
digest content_of(const wire::Control& control, std::string_view reason);

}  // namespace perdure::runtime
