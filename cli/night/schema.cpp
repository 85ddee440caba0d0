#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/verbs.h"
#include "shotspec/documents.h"

namespace nightreel::cli {

void add_schema(Verbs& verbs) {
    CLI::App* verb =
        verbs.app.add_subcommand("schema", "print the JSON Schema of night files, for editors");
    const auto page = std::make_shared<bool>(false);
    verb->add_flag("--page", *page, "the reference page instead, in Markdown");
    verb->callback([&verbs, page] {
        verbs.chosen = [page] {
            fmt::print("{}", *page ? night_reference_page() : night_json_schema());
            return 0;
        };
    });
}

}  // namespace nightreel::cli
