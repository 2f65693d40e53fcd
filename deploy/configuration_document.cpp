#include "deploy/configuration_document.hpp"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "deploy/node_options.hpp"

namespace perdure::deploy {
namespace {

constexpr std::string_view opening = R"(# Configuration

Every option of a node: of `perdure serve`, and of each program that calls `perdure::node_main`. This page is
printed from the declarations in the code (`deploy/node_options.cpp`); a test compares the two, and
`PERDURE_REWRITE_GOLDEN=1` writes it anew.

Options stand in a YAML file, given by `--config FILE`, or as flags, which win over the file. Unknown names and
values that are not allowed are refused with line, name, value and what is allowed. Sizes are written with `B`,
`KiB`, `MiB`, `GiB`, `TiB`; times with `us`, `ms`, `s`, `min`, `h`, `d`.

```yaml
data_directory: /var/lib/perdure
node: alpha
namespaces:
  - name: audit
  - name: legal
    partitions: 2
    callers: [audit]
    retention: 30 d
log:
  segment_bytes: 128 MiB
eviction:
  idle: 10 min
```

The same as flags: `--data-directory /var/lib/perdure --node alpha --namespace audit --namespace
legal,partitions=2,callers=audit,retention=30d --log-segment-bytes 128MiB --eviction-idle 10min`.
)";

template <class Options>
void add_row(std::string& out, const option<Options>& one) {
  const auto default_value = one.default_value();
  fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} | {} |\n", one.name, one.kind,
                 default_value.empty() ? "none" : fmt::format("`{}`", default_value), one.allowed,
                 one.consequence);
}

constexpr std::string_view table_head =
    "\n| name | kind | default | allowed | what it does |\n|---|---|---|---|---|\n";

std::string_view section_of(std::string_view name) {
  return name.contains('.') ? name.substr(0, name.find('.')) : std::string_view{};
}

}  // namespace

std::string configuration_document() {
  std::string out(opening);
  std::string_view section = "none yet";
  for (const auto& one : declare_node_options()) {
    if (const auto next = section_of(one.name); next != section) {
      section = next;
      fmt::format_to(std::back_inserter(out), "\n## {}\n{}",
                     section.empty() ? "The node" : fmt::format("`{}`", section), table_head);
    }
    add_row(out, one);
  }
  out += "\n## `namespaces`\n\nA list; each entry has:\n";
  out += table_head;
  for (const auto& one : declare_namespace_options()) add_row(out, one);
  return out;
}

}  // namespace perdure::deploy
