#pragma once

#include <map>
#include <string>

#include "tests/world/script.hpp"

namespace perdure::testing {

/// Operations for several clients at once. A cell holds a number, 0 at first, and changes it as the
/// signals `do` say, each "ticket teller verb number" with the verb `add`, `set` or `get` and as
/// teller the run in "legal" that hears what it is then, or "-". After so many commands it gives
/// "ticket=number" of each, in the order in which it carried them out.
///   register: "commands"; shows the number, too
///   account: "commands label"; has the effect "label/ticket" before each change, which takes a
///   while asker: "id cell ticket verb number": of "legal", gives what the cell of "team" tells it
///   relay: as asker; calls it as run "id.0" of "legal"
std::map<std::string, script_code> cell_operations();

}  // namespace perdure::testing
