#include "runtime/author/build_id.hpp"

#include <cstring>
#include <string_view>

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

namespace perdure {
namespace {

constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

std::string find_in(std::string_view notes) {
  while (notes.size() > sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes.data(), sizeof header);
    notes.remove_prefix(sizeof header);
    const auto total = aligned(header.n_namesz) + aligned(header.n_descsz);
    if (total > notes.size()) {
      break;
    }
    if (header.n_type == NT_GNU_BUILD_ID && notes.starts_with("GNU")) {
      std::string text;
      for (const char byte : notes.substr(aligned(header.n_namesz), header.n_descsz)) {
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
      }
      return text;
    }
    notes.remove_prefix(total);
  }
  return {};
}

int visit(dl_phdr_info* object, std::size_t, void* found) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type == PT_NOTE) {
      const auto* start = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
      auto text = find_in({start, segment.p_memsz});
      if (!text.empty()) {
        *static_cast<std::string*>(found) = std::move(text);
        break;
      }
    }
  }
  return 1;  // the first object is the program itself: do not go on to its libraries
}

}  // namespace

std::string binary_build_id() {
  std::string found;
  dl_iterate_phdr(visit, &found);
  return found.empty() ? "unknown" : found;
}

}  // namespace perdure
