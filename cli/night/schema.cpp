#include <memory>

#include "cli/verbs.h"
#include "shotspec/base/streams.h"
#include "shotspec/documents.h"

namespace nightreel::cli {

Command schema_command(const Surroundings&) {
    const auto page = std::make_shared<bool>(false);
    return {.name = "schema",
            .meaning = "print the JSON Schema of night files, for editors",
            .example = "nightreel schema > night.schema.json",
            .options = {{.names = "--page",
                         .target = page.get(),
                         .meaning = "print the reference page in Markdown instead"}},
            .run = [page] {
                answer("{}", *page ? night_reference_page() : night_json_schema());
                return 0;
            }};
}

}  // namespace nightreel::cli
