#include "shotspec/documents.h"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

void is_committed(const std::string& path, const std::string& generated) {
    INFO(path << " is generated; run tests/golden/update");
    if (std::getenv("NIGHTREEL_UPDATE_GOLDENS") != nullptr) write_file_atomically(path, generated);
    CHECK(read_file(path) == generated);
}

}  // namespace

TEST_CASE("the committed documents are what the descriptions say", "[shotspec][golden]") {
    is_committed("docs/night.schema.json", night_json_schema());
    is_committed("docs/night.md", night_reference_page());
    is_committed("docs/farm.schema.json", farm_json_schema());
    is_committed("docs/farm.md", farm_reference_page());
}

TEST_CASE("the schema refuses unknown keys and requires what the reader requires", "[shotspec]") {
    const Json schema = parse_json(night_json_schema(), "schema");
    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["required"] == Json({"nightreel", "show", "shots"}));
    const Json& shot = schema["properties"]["shots"]["items"];
    CHECK(shot["additionalProperties"] == false);
    CHECK(shot["required"] == Json::array({"shot"}));
    CHECK(shot["oneOf"].size() == 11);
    CHECK(shot["properties"].contains("size"));
    const Json& character = schema["properties"]["characters"]["additionalProperties"];
    CHECK_FALSE(character["properties"].contains("guidance"));
    const Json& point = shot["properties"]["blend"]["properties"]["curve"]["items"];
    CHECK(point["prefixItems"].size() == 2);
    CHECK(point["maxItems"] == 2);
}

}  // namespace nightreel
