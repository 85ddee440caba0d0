#include <memory>
#include <string>

#include "cli/verbs.h"
#include "pipeline/takes/dailies_folder.h"
#include "pipeline/takes/publish_record.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/record_schema.h"
#include "shotspec/documents.h"

namespace nightreel::cli {
namespace {

struct SchemaAsked {
    std::string of = "night";
    bool page = false;
};

std::string schema_of(const std::string& document) {
    if (document == "publish") return record_schema_of<PublishRecord>("publish.json of a take");
    if (document == "summary") return record_schema_of<Dailies>("summary.json of dailies");
    return night_json_schema();
}

}  // namespace

Command schema_command(const Surroundings&) {
    const auto asked = std::make_shared<SchemaAsked>();
    return {.name = "schema",
            .meaning = "print the JSON Schema of night files, for editors, or of records",
            .example = "nightreel schema > night.schema.json",
            .options = {{.names = "--page",
                         .target = &asked->page,
                         .meaning = "print the reference page of night files in Markdown instead"},
                        {.names = "--of",
                         .target = &asked->of,
                         .meaning = "what it is about: night files, publish.json of takes, or "
                                    "summary.json of dailies",
                         .value = "DOCUMENT",
                         .shows_default = true,
                         .choices = {"night", "publish", "summary"},
                         .excludes = "--page"}},
            .run = [asked] {
                answer("{}", asked->page ? night_reference_page() : schema_of(asked->of));
                return 0;
            }};
}

}  // namespace nightreel::cli
