#pragma once

/// All that an author of agents includes, beside the headers that were generated from his protos
/// (and codec_json.hpp for JSON values). docs/authoring.md is the guide.

#include "runtime/author/agent_handler.hpp"
#include "runtime/author/compensations.hpp"
#include "runtime/author/context.hpp"
#include "runtime/author/failure.hpp"
#include "runtime/author/registry.hpp"
#include "runtime/author/step.hpp"
#include "runtime/author/step_context.hpp"
#include "runtime/author/task.hpp"
#include "runtime/author/workflow.hpp"
