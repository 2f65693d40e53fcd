#include "examples/licence_audit/licence_key.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "examples/licence_audit/characters.hpp"

namespace licence_audit {
namespace {

/// Lower-case, with one hyphen for each run of separators: "BSD3_Google" is "bsd3-google".
std::string folded(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (is_word(c) || c == '.' || c == '+') {
      result.push_back(lower(c));
    } else if (!result.empty() && result.back() != '-') {
      result.push_back('-');
    }
  }
  while (!result.empty() && (result.back() == '-' || result.back() == '.')) result.pop_back();
  for (std::string_view ending : {"-license", "-licence"}) {
    if (result.size() > ending.size() && result.ends_with(ending)) {
      result.resize(result.size() - ending.size());
    }
  }
  return result;
}

struct alias {
  std::string_view name;  ///< folded
  std::string_view key;
};

/// Sorted by name. GNU's and BSD's names, which follow a pattern, are not here.
constexpr auto aliases = std::to_array<alias>({
    {"0bsd", "0BSD"},
    {"afl-2.0", "AFL-2.0"},
    {"afl-2.1", "AFL-2.1"},
    {"afl-3.0", "AFL-3.0"},
    {"all-permissive", "FSFAP"},
    {"apache", "Apache-2.0"},
    {"apache-1.0", "Apache-1.0"},
    {"apache-1.1", "Apache-1.1"},
    {"apache-2", "Apache-2.0"},
    {"apache-2-llvm", "Apache-2.0 WITH LLVM-exception"},
    {"apache-2-llvm-exceptions", "Apache-2.0 WITH LLVM-exception"},
    {"apache-2.0", "Apache-2.0"},
    {"apache2", "Apache-2.0"},
    {"apache2.0", "Apache-2.0"},
    {"artistic", "Artistic-1.0-Perl"},
    {"artistic-1", "Artistic-1.0-Perl"},
    {"artistic-1.0", "Artistic-1.0-Perl"},
    {"artistic-1.0-perl", "Artistic-1.0-Perl"},
    {"artistic-2", "Artistic-2.0"},
    {"artistic-2.0", "Artistic-2.0"},
    {"beerware", "Beerware"},
    {"bitstream-vera", "Bitstream-Vera"},
    {"boost", "BSL-1.0"},
    {"boost-1.0", "BSL-1.0"},
    {"bsl-1", "BSL-1.0"},
    {"bsl-1.0", "BSL-1.0"},
    {"bzip2", "bzip2-1.0.6"},
    {"bzip2-1.0.6", "bzip2-1.0.6"},
    {"cc-by-2.5", "CC-BY-2.5"},
    {"cc-by-3.0", "CC-BY-3.0"},
    {"cc-by-4.0", "CC-BY-4.0"},
    {"cc-by-nc-4.0", "CC-BY-NC-4.0"},
    {"cc-by-nd-4.0", "CC-BY-ND-4.0"},
    {"cc-by-sa-2.0", "CC-BY-SA-2.0"},
    {"cc-by-sa-2.5", "CC-BY-SA-2.5"},
    {"cc-by-sa-3.0", "CC-BY-SA-3.0"},
    {"cc-by-sa-4.0", "CC-BY-SA-4.0"},
    {"cc0", "CC0-1.0"},
    {"cc0-1.0", "CC0-1.0"},
    {"cddl", "CDDL-1.0"},
    {"cddl-1.0", "CDDL-1.0"},
    {"cddl-1.1", "CDDL-1.1"},
    {"cpl", "CPL-1.0"},
    {"cpl-1.0", "CPL-1.0"},
    {"curl", "curl"},
    {"edl-1", "BSD-3-Clause"},
    {"edl-1.0", "BSD-3-Clause"},
    {"efl", "EFL-2.0"},
    {"epl-1.0", "EPL-1.0"},
    {"epl-2.0", "EPL-2.0"},
    {"expat", "MIT"},
    {"fsfap", "FSFAP"},
    {"fsful", "FSFUL"},
    {"fsfullr", "FSFULLR"},
    {"fsfullrwd", "FSFULLRWD"},
    {"ftl", "FTL"},
    {"gd", "GD"},
    {"hpnd", "HPND"},
    {"hpnd-sell-variant", "HPND-sell-variant"},
    {"icu", "ICU"},
    {"ijg", "IJG"},
    {"info-zip", "Info-ZIP"},
    {"isc", "ISC"},
    {"jam", "Jam"},
    {"latex2e", "Latex2e"},
    {"libpng", "Libpng"},
    {"libtiff", "libtiff"},
    {"linux-man-pages-copyleft", "Linux-man-pages-copyleft"},
    {"lppl", "LPPL-1.3c"},
    {"lppl-1.3c", "LPPL-1.3c"},
    {"mit", "MIT"},
    {"mit-0", "MIT-0"},
    {"mit-cmu", "MIT-CMU"},
    {"mit-x11", "MIT"},
    {"mpl-1.0", "MPL-1.0"},
    {"mpl-1.1", "MPL-1.1"},
    {"mpl-2", "MPL-2.0"},
    {"mpl-2.0", "MPL-2.0"},
    {"mpl2", "MPL-2.0"},
    {"ms-pl", "MS-PL"},
    {"ncsa", "NCSA"},
    {"ntp", "NTP"},
    {"ofl", "OFL-1.1"},
    {"ofl-1.1", "OFL-1.1"},
    {"oldap-2.8", "OLDAP-2.8"},
    {"openldap", "OLDAP-2.8"},
    {"openldap-2.8", "OLDAP-2.8"},
    {"openssl", "OpenSSL"},
    {"openssl+ssleay", "OpenSSL"},
    {"pd", "LicenseRef-public-domain"},
    {"postgresql", "PostgreSQL"},
    {"psf", "PSF-2.0"},
    {"psf-2", "PSF-2.0"},
    {"psf-2.0", "PSF-2.0"},
    {"public-domain", "LicenseRef-public-domain"},
    {"python", "Python-2.0"},
    {"python-2.0", "Python-2.0"},
    {"qpl", "QPL-1.0"},
    {"ruby", "Ruby"},
    {"sgi-b-2.0", "SGI-B-2.0"},
    {"sil-1.1", "OFL-1.1"},
    {"sleepycat", "Sleepycat"},
    {"ssleay", "OpenSSL"},
    {"tcl", "TCL"},
    {"unicode-dfs-2016", "Unicode-DFS-2016"},
    {"unlicense", "Unlicense"},
    {"upl-1.0", "UPL-1.0"},
    {"vim", "Vim"},
    {"w3c", "W3C"},
    {"wtfpl", "WTFPL"},
    {"x11", "X11"},
    {"zlib", "Zlib"},
    {"zlib-libpng", "Zlib"},
    {"zope-2.1", "ZPL-2.1"},
    {"zpl-2.0", "ZPL-2.0"},
    {"zpl-2.1", "ZPL-2.1"},
});
static_assert(std::ranges::is_sorted(aliases, {}, &alias::name));

constexpr auto exceptions = std::to_array<alias>({
    {"autoconf", "Autoconf-exception-generic"},
    {"autoconf-data", "Autoconf-exception-generic"},
    {"automake", "Autoconf-exception-generic"},
    {"bison", "Bison-exception-2.2"},
    {"bison-2.2", "Bison-exception-2.2"},
    {"classpath", "Classpath-exception-2.0"},
    {"classpath-2.0", "Classpath-exception-2.0"},
    {"font", "Font-exception-2.0"},
    {"gcc", "GCC-exception-3.1"},
    {"gcc-runtime", "GCC-exception-3.1"},
    {"gcc-runtime-3.1", "GCC-exception-3.1"},
    {"gcc-runtime-library", "GCC-exception-3.1"},
    {"libtool", "Libtool-exception"},
    {"linux-syscall-note", "Linux-syscall-note"},
    {"llvm", "LLVM-exception"},
    {"openssl", "LicenseRef-OpenSSL-exception"},
    {"texinfo", "Texinfo-exception"},
});
static_assert(std::ranges::is_sorted(exceptions, {}, &alias::name));

template <std::size_t N>
std::string_view look_up(const std::array<alias, N>& table, std::string_view name) {
  const auto found = std::ranges::lower_bound(table, name, {}, &alias::name);
  return found != table.end() && found->name == name ? found->key : std::string_view{};
}

/// Takes `prefix` off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes a version such as "2", "v2", "-2.1", "version-3" and gives it with one point ("2.0").
std::string take_version(std::string_view& text) {
  auto rest = text;
  take(rest, "-");
  if (take(rest, "version")) {
    take(rest, "-");
  } else {
    take(rest, "v");
  }
  const auto end = std::min(rest.find_first_not_of("0123456789."), rest.size());
  std::string version(rest.substr(0, end));
  if (version.empty()) return {};
  rest.remove_prefix(end);
  text = rest;
  return version.contains('.') ? version : version + ".0";
}

/// GPL, LGPL, AGPL and GFDL in all their spellings. What follows the version is a variant, except
/// for exceptions that some authors write into the name ("GPL-2+-autoconf-exception").
std::optional<named_licence> gnu_key(std::string_view name) {
  std::string family;
  take(name, "gnu-");
  if (take(name, "agpl")) {
    family = "AGPL";
  } else if (take(name, "lgpl") || take(name, "lpgl")) {  // the second is a slip that occurs
    family = "LGPL";
  } else if (take(name, "gpl")) {
    family = "GPL";
  } else if (take(name, "gfdl") || take(name, "fdl")) {
    family = "GFDL";
  } else {
    return std::nullopt;
  }
  const bool niv_before = take(name, "-niv");
  auto version = take_version(name);
  bool or_later = take(name, "+") || take(name, "-or-later") || take(name, "-or-newer");
  const bool only = !or_later && take(name, "-only");
  const bool no_invariants = niv_before || take(name, "-niv") || take(name, "-no-invariants") ||
                             take(name, "-no-invariant");
  if (version.empty()) {
    // GPL-2, section 9: without a version number any version ever published may be chosen.
    version = family == "GPL" ? "1.0" : family == "LGPL" ? "2.0" : family == "GFDL" ? "1.1" : "3.0";
    or_later = !only;
  }
  if (version.ends_with(".0.0")) version.resize(version.size() - 2);
  if (family == "GFDL" && no_invariants) version += "-no-invariants";
  auto key = fmt::format("{}-{}-{}", family, version, or_later ? "or-later" : "only");
  if (name.empty()) return named_licence{std::move(key), true};
  if (name.front() != '-') return std::nullopt;  // "GPLWithACException"
  name.remove_prefix(1);
  take(name, "with-");
  if (name.ends_with("-exception")) {
    return named_licence{fmt::format("{} WITH {}", key, exception_key(name)), true};
  }
  return named_licence{std::move(key), false};
}

std::optional<named_licence> bsd_key(std::string_view name) {
  if (!take(name, "bsd")) return std::nullopt;
  take(name, "-");
  if (name.empty() || name.front() < '0' || name.front() > '4') return std::nullopt;
  const char clauses = name.front();
  name.remove_prefix(1);
  take(name, "-clauses") || take(name, "-clause") || take(name, "clause");
  if (!name.empty() && name.front() != '-') return std::nullopt;
  auto key = clauses == '0' ? std::string("0BSD") : fmt::format("BSD-{}-Clause", clauses);
  if (name == "-uc" && clauses == '4') return named_licence{key + "-UC", true};
  if (name == "-clear" && clauses == '3') return named_licence{key + "-Clear", true};
  return named_licence{std::move(key), name.empty()};
}

std::optional<named_licence> variant_of_public_domain(std::string_view name) {
  if (!name.contains("public-domain") && !name.contains("publicdomain") && !name.ends_with("-pd") &&
      !name.starts_with("pd-")) {
    return std::nullopt;
  }
  return named_licence{"LicenseRef-public-domain", false};
}

}  // namespace

std::optional<named_licence> licence_key(std::string_view short_name) {
  const auto name = folded(short_name);
  if (const auto key = look_up(aliases, name); !key.empty()) {
    return named_licence{std::string(key), true};
  }
  if (auto key = gnu_key(name)) return key;
  if (auto key = bsd_key(name)) return key;
  return variant_of_public_domain(name);
}

std::string exception_key(std::string_view exception) {
  auto name = folded(exception);
  for (std::string_view ending : {"-exceptions", "-exception"}) {
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  if (const auto key = look_up(exceptions, name); !key.empty()) return std::string(key);
  return fmt::format("LicenseRef-{}-exception", name);
}

std::string unknown_key(std::string_view name, std::string_view plain_wording) {
  constexpr std::size_t longest_name = 60;
  auto slug = folded(name).substr(0, longest_name);
  std::erase(slug, '+');
  while (slug.ends_with('-')) slug.pop_back();
  if (slug.empty()) slug = "unnamed";
  if (plain_wording.find_first_not_of(' ') == std::string_view::npos) {
    return fmt::format("LicenseRef-{}", slug);
  }
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;  // FNV-1a
  for (const char c : plain_wording) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  }
  return fmt::format("LicenseRef-{}-{:08x}", slug, static_cast<std::uint32_t>(hash >> 32));
}

}  // namespace licence_audit
