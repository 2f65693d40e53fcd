#pragma once

#include <memory>
#include <string>

namespace perdure::actors {

/// The symbol table of the running program, as the linker left it in the file: names also what is
/// not exported, as coroutines' bodies are not. Empty if the file was stripped or cannot be read.
class program_symbols {
 public:
  program_symbols();
  ~program_symbols();
  program_symbols(const program_symbols&) = delete;
  program_symbols& operator=(const program_symbols&) = delete;

  /// The function that holds this address, demangled, and the place in the file: "work()
  /// (node+0x12)". Shared libraries are known by what they export.
  std::string describe(const void* address) const;

 private:
  class table;
  std::unique_ptr<const table> table_;
};

}  // namespace perdure::actors
