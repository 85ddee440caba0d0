#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/night_input.h"
#include "cli/verbs.h"

namespace nightreel::cli {

void add_check(Verbs& verbs) {
    CLI::App* verb =
        verbs.app.add_subcommand("check", "tell every mistake of a night file, with its place");
    const auto path = std::make_shared<std::string>();
    verb->add_option("night", *path, "the night file")->required();
    verb->callback([&verbs, path] {
        verbs.chosen = [&verbs, path] {
            const ResolvedNight night = load_night(*path, verbs.surroundings);
            fmt::print("{}: {} shot{} of {}, no problems\n",
                       *path,
                       night.shots.size(),
                       night.shots.size() == 1 ? "" : "s",
                       night.show);
            return 0;
        };
    });
}

}  // namespace nightreel::cli
