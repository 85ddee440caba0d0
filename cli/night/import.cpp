// import: a night file from a table of shots.
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/counted.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"
#include "shotspec/night/shot_list.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct ImportAsked {
    std::string table;
    std::string night;
    std::string show;
    std::string model;
};

int import_table(const ImportAsked& asked) {
    if (!asked.night.empty() && fs::exists(asked.night)) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: is there already; choose another name", asked.night));
    }
    const std::string show =
        asked.show.empty() ? fs::path(asked.table).stem().string() : asked.show;
    const ShotList list = in_context(asked.table, [&] {
        return shot_list_of_csv(read_file(asked.table), {show, asked.model});
    });
    if (!list.unused.empty()) {
        say("{}: columns that are not used: {}\n", asked.table, fmt::join(list.unused, ", "));
    }
    for (const std::string& problem : list.problems) say("{}: {}\n", asked.table, problem);
    if (list.shots > 0 && asked.night.empty()) answer("{}", list.night);
    if (list.shots > 0 && !asked.night.empty()) {
        write_file_atomically(asked.night, std::string_view(list.night));
        say("{}: {}\n", asked.night, counted(static_cast<std::int64_t>(list.shots), "shot"));
    }
    if (list.problems.empty()) return 0;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: {} could not be read",
                            asked.table,
                            counted(static_cast<std::int64_t>(list.problems.size()), "row")));
}

}  // namespace

Command import_command(const Surroundings&) {
    const auto asked = std::make_shared<ImportAsked>();
    return {.name = "import",
            .meaning =
                "make a night file of a table of shots (CSV); rows that cannot be read are "
                "named and omitted",
            .example = "nightreel import shots.csv -o night.yaml --show aurora --model toybox",
            .options = {{.names = "table",
                         .target = &asked->table,
                         .meaning = "CSV in UTF-8; its first row has the names of fields of a shot",
                         .value = "FILE",
                         .required = true},
                        {.names = "-o,--output",
                         .target = &asked->night,
                         .meaning = "night file to write; otherwise it is printed",
                         .value = "FILE"},
                        {.names = "--show",
                         .target = &asked->show,
                         .meaning = "name of the show; otherwise the name of the table",
                         .value = "NAME"},
                        {.names = "--model",
                         .target = &asked->model,
                         .meaning = "model of all shots",
                         .value = "NAME"}},
            .run = [asked] { return import_table(*asked); }};
}

}  // namespace nightreel::cli
