#include "runtime/author/generated_code.hpp"

#include "proto/id_template.hpp"

namespace perdure {

std::string workflow_id_from(std::string_view id_template,
                             const google::protobuf::Message& request) {
  const auto refuse = [&](const std::string& why) {
    return failure("invalid_argument", fmt::format("id template \"{}\": {}", id_template, why));
  };
  const auto parsed = proto::id_template::parse(id_template);
  if (!parsed) throw refuse(parsed.error());
  auto id = parsed->apply(request);
  if (!id) throw refuse(id.error());
  return *std::move(id);
}

}  // namespace perdure
