#include "shotspec/describe/json_schema.h"

#include <cstdint>
#include <utility>

namespace nightreel::json_schema {
namespace {

Json number(double value, bool whole) {
    return whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

}  // namespace

Json or_variable(Json schema) {
    return {{"anyOf", Json::array({std::move(schema), {{"$ref", "#/$defs/variable"}}})}};
}

void add_limits(Json& schema, const FieldInfo& info, bool whole) {
    if (info.minimum) schema["minimum"] = number(*info.minimum, whole);
    if (info.maximum) schema["maximum"] = number(*info.maximum, whole);
}

std::string document(Json root, std::string_view title) {
    Json whole = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
    whole.update(root);
    whole["$defs"] = {{"variable",
                       {{"description", "An environment variable, inserted before reading."},
                        {"type", "string"},
                        {"pattern", "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}"}}}};
    return whole.dump(2) + "\n";
}

}  // namespace nightreel::json_schema
