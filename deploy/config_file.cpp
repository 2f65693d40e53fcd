#include "deploy/config_file.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "deploy/text_file.hpp"

namespace perdure::deploy {
namespace {

constexpr std::size_t largest_file = 1 << 20;
constexpr std::size_t most_errors = 20;

/// How many letters must change to make `a` of `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// The key under which `name` is found in the section `prefix` ("log." or nothing).
std::string_view key_in_section(std::string_view name, std::string_view prefix) {
  name.remove_prefix(prefix.size());
  return name.substr(0, name.find('.'));
}

/// Walks a YAML document beside the declarations.
class config_reader {
 public:
  config_reader(std::string file_name, node_options& into)
      : file_name_(std::move(file_name)), into_(into) {}

  std::vector<std::string> read(std::string_view yaml) {
    try {
      const auto document = YAML::Load(std::string(yaml));
      if (document.IsNull()) return {};
      if (!document.IsMap()) {
        fail(document, "the file must hold \"name: value\" lines");
      } else {
        read_section(document, "");
      }
    } catch (const YAML::Exception& problem) {
      errors_.push_back(fmt::format("{}:{}: {}", file_name_, problem.mark.line + 1, problem.msg));
    }
    if (errors_.size() > most_errors) errors_.resize(most_errors);
    return std::move(errors_);
  }

 private:
  void fail(const YAML::Node& at, std::string_view what) {
    errors_.push_back(fmt::format("{}:{}: {}", file_name_, at.Mark().line + 1, what));
  }

  void read_section(const YAML::Node& section, const std::string& prefix) {
    std::set<std::string> seen;
    for (const auto& entry : section) {
      const auto key = entry.first.Scalar();
      const auto name = prefix + key;
      if (!seen.insert(key).second) {
        fail(entry.first, fmt::format("{} is there twice", name));
      } else if (const auto dot = key.rfind('.'); dot != std::string::npos) {
        fail(entry.first, fmt::format("{} must stand as {} below \"{}:\"", name,
                                      key.substr(dot + 1), key.substr(0, dot)));
      } else if (name == "namespaces") {
        read_namespaces(entry.second);
      } else {
        read_entry(entry.first, entry.second, name);
      }
    }
  }

  void read_entry(const YAML::Node& key, const YAML::Node& value, const std::string& name) {
    const auto found = std::ranges::find(options_, name, &option<node_options>::name);
    if (found != options_.end()) return set(into_, *found, value, name);
    const auto section = name + ".";
    if (std::ranges::none_of(options_, [&](auto& o) { return o.name.starts_with(section); })) {
      return fail_unknown(key, name);
    }
    if (!value.IsMap()) return fail(key, fmt::format("{} must hold \"name: value\" lines", name));
    read_section(value, section);
  }

  template <class Options>
  void set(Options& into, const option<Options>& option, const YAML::Node& value,
           const std::string& name) {
    std::string text;
    if (value.IsScalar()) {
      text = value.Scalar();
    } else if (value.IsSequence() && option.kind == "names") {
      for (const auto& one : value) {
        if (!one.IsScalar()) return fail(one, fmt::format("{} must be a list of names", name));
        text += (text.empty() ? "" : ",") + one.Scalar();
      }
    } else if (value.IsMap() && option.kind == "properties") {
      for (const auto& one : value) {
        if (!one.second.IsScalar() || one.second.Scalar().contains('\n'))
          return fail(one.second, fmt::format("{} must hold \"name: value\" lines", name));
        text += (text.empty() ? "" : "\n") + one.first.Scalar() + "=" + one.second.Scalar();
      }
    } else {
      return fail(value, fmt::format("{} must be one value ({})", name, option.kind));
    }
    if (const auto done = option.set(into, text); !done) {
      fail(value, fmt::format("{}: {}", name, done.error().message));
    }
  }

  void read_namespaces(const YAML::Node& list) {
    if (!list.IsSequence()) {
      return fail(list, "namespaces must be a list: \"- name: …\" for each");
    }
    into_.embedded.namespaces.clear();
    for (const auto& entry : list) {
      if (!entry.IsMap()) {
        fail(entry, "a namespace must hold \"name: value\" lines");
        continue;
      }
      read_namespace(entry);
    }
  }

  void read_namespace(const YAML::Node& entry) {
    auto one = unsettled_namespace();
    std::set<std::string> seen;
    for (const auto& item : entry) {
      const auto key = item.first.Scalar();
      const auto found =
          std::ranges::find(namespace_options_, key, &option<runtime::namespace_options>::name);
      if (!seen.insert(key).second) {
        fail(item.first, fmt::format("{} is there twice", key));
      } else if (found == namespace_options_.end()) {
        fail(item.first,
             fmt::format("namespaces: {} is unknown: known are {}", key, namespace_keys()));
      } else {
        set(one, *found, item.second, "namespaces: " + key);
      }
    }
    if (!seen.contains("name")) fail(entry, "a namespace has no name");
    into_.embedded.namespaces.push_back(std::move(one));
  }

  std::string namespace_keys() const {
    std::string result;
    for (const auto& one : namespace_options_) {
      result += fmt::format("{}{}", result.empty() ? "" : ", ", one.name);
    }
    return result;
  }

  void fail_unknown(const YAML::Node& key, const std::string& name) {
    const auto dot = name.rfind('.');
    const auto prefix = dot == std::string::npos ? std::string() : name.substr(0, dot + 1);
    std::set<std::string_view> known;
    for (const auto& one : options_) {
      if (one.name.starts_with(prefix)) known.insert(key_in_section(one.name, prefix));
    }
    if (prefix.empty()) known.insert("namespaces");
    const auto wanted = key_in_section(name, prefix);
    constexpr std::size_t likely = 3;
    const auto nearest = std::ranges::min_element(
        known, {}, [&](std::string_view one) { return distance(one, wanted.substr(0, 100)); });
    if (nearest != known.end() && distance(*nearest, wanted.substr(0, 100)) <= likely) {
      return fail(key, fmt::format("{} is unknown: did you mean {}{}?", name, prefix, *nearest));
    }
    fail(key, fmt::format("{} is unknown: known are {}", name, fmt::join(known, ", ")));
  }

  std::string file_name_;
  node_options& into_;
  std::vector<option<node_options>> options_ = declare_node_options();
  std::vector<option<runtime::namespace_options>> namespace_options_ = declare_namespace_options();
  std::vector<std::string> errors_;
};

}  // namespace

std::expected<node_options, std::vector<std::string>> parse_config(std::string_view yaml,
                                                                   const std::string& file_name,
                                                                   const node_options& defaults) {
  if (yaml.size() > largest_file) {
    return std::unexpected(std::vector{fmt::format("{}: larger than 1 MiB", file_name)});
  }
  auto result = defaults;
  auto errors = config_reader(file_name, result).read(yaml);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return result;
}

std::expected<node_options, std::vector<std::string>> read_config_file(
    const std::string& path, const node_options& defaults) {
  const auto text = read_text_file(path, largest_file);
  if (!text) return std::unexpected(std::vector{"the configuration: " + text.error().message});
  return parse_config(*text, path, defaults);
}

}  // namespace perdure::deploy
