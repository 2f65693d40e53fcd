#include "actors/program_symbols.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>  // style: allow(include) the program's own file
#include <fmt/format.h>
#include <link.h>
#include <sys/mman.h>  // style: allow(include) the program's own file
#include <sys/stat.h>  // style: allow(include) the program's own file
#include <unistd.h>    // style: allow(include) the program's own file

namespace perdure::actors {
namespace {

/// What lies in `file` from `at` on, null if it is not all there.
template <class T>
const T* within(std::span<const char> file, std::uint64_t at, std::uint64_t count = 1) {
  if (at % alignof(T) != 0 || at > file.size() || count > (file.size() - at) / sizeof(T))
    return nullptr;
  return reinterpret_cast<const T*>(file.data() + at);
}

/// How far from the addresses in its file the program was loaded.
std::uintptr_t load_bias() {
  std::uintptr_t bias = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* first, std::size_t, void* out) {
        *static_cast<std::uintptr_t*>(out) = first->dlpi_addr;
        return 1;  // the program comes first
      },
      &bias);
  return bias;
}

std::string demangle(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : symbol;
}

}  // namespace

class program_symbols::table {
 public:
  table() {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat about{};
    if (file >= 0 && fstat(file, &about) == 0 && about.st_size > 0) {
      const auto size = static_cast<std::size_t>(about.st_size);
      void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
      if (mapped != MAP_FAILED) file_ = {static_cast<const char*>(mapped), size};
    }
    if (file >= 0) ::close(file);
    find_symbols();
  }
  ~table() {
    if (!file_.empty()) munmap(const_cast<char*>(file_.data()), file_.size());
  }
  table(const table&) = delete;
  table& operator=(const table&) = delete;

  const char* find(const void* address) const {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address) - bias_;
    for (const auto& symbol : symbols_) {
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || wanted < symbol.st_value ||
          wanted - symbol.st_value >= symbol.st_size || symbol.st_name >= names_.size())
        continue;
      return names_.data() + symbol.st_name;  // ends within: the table's last byte is zero
    }
    return nullptr;
  }

 private:
  void find_symbols() {
    const auto* header = within<Elf64_Ehdr>(file_, 0);
    if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64)
      return;
    const auto* sections = within<Elf64_Shdr>(file_, header->e_shoff, header->e_shnum);
    for (int i = 0; sections != nullptr && i < header->e_shnum; ++i) {
      const auto& section = sections[i];
      if (section.sh_type != SHT_SYMTAB || section.sh_link >= header->e_shnum) continue;
      const auto& text = sections[section.sh_link];
      const auto count = section.sh_size / sizeof(Elf64_Sym);
      const auto* symbols = within<Elf64_Sym>(file_, section.sh_offset, count);
      const auto* names = within<char>(file_, text.sh_offset, text.sh_size);
      if (symbols == nullptr || names == nullptr || text.sh_size == 0 ||
          names[text.sh_size - 1] != '\0')
        continue;
      symbols_ = {symbols, count};
      names_ = {names, text.sh_size};
    }
  }

  std::span<const char> file_;
  std::span<const Elf64_Sym> symbols_;
  std::string_view names_;
  const std::uintptr_t bias_ = load_bias();
};

program_symbols::program_symbols() : table_(std::make_unique<const table>()) {}
program_symbols::~program_symbols() = default;

std::string program_symbols::describe(const void* address) const {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return fmt::format("{}", address);
  const auto distance =
      static_cast<const char*>(address) - static_cast<const char*>(info.dli_fbase);
  const auto place = fmt::format("{}+{:#x}", info.dli_fname, distance);
  const auto* name = table_->find(address);
  if (name == nullptr) name = info.dli_sname;
  return name == nullptr ? place : fmt::format("{} ({})", demangle(name), place);
}

}  // namespace perdure::actors
