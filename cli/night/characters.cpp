// characters: those of a night, and what became of them in published takes.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/night/night_input.h"
#include "cli/verbs.h"
#include "pipeline/takes/character_report.h"
#include "pipeline/takes/link_file.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct ListAsked {
    NightAsked night;
    bool as_json = false;
};

// A character of a night, as it is listed.
struct ListedCharacter {
    std::string name;
    std::string file;
    std::string prompt;
    std::string negative;
    std::vector<std::string> references;
    std::vector<std::string> loras;
    std::vector<std::string> shots;
};

template <class Visitor>
void describe(ListedCharacter& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the character."});
    field("file", value.file, {.meaning = "File of the night that describes it."});
    field("prompt", value.prompt, {.meaning = "Text that replaces {name}."});
    field("negative", value.negative, {.meaning = "Its negative text."});
    field("references", value.references, {.meaning = "Reference pictures, as written."});
    field("loras", value.loras, {.meaning = "Its LoRA files, as written."});
    field("shots", value.shots, {.meaning = "Shots whose text names it."});
}

struct CharacterListing {
    std::int32_t format = 1;
    std::vector<ListedCharacter> characters;
};

template <class Visitor>
void describe(CharacterListing& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this listing."});
    field("characters", value.characters, {.meaning = "The characters."});
}

int list_characters(const Surroundings& surroundings, const ListAsked& asked) {
    WrittenNight written;
    NightAsked night = asked.night;
    night.takes_register = true;
    load_night(night, surroundings, &written);
    CharacterListing listing;
    for (const auto& [name, character] : written.characters) {
        ListedCharacter listed{.name = name,
                               .file = character.file,
                               .prompt = character.sheet.prompt,
                               .negative = character.sheet.negative.value_or(""),
                               .references = character.sheet.references,
                               .shots = character.shots};
        for (const LoraAsked& lora : character.sheet.loras) listed.loras.push_back(lora.file);
        listing.characters.push_back(std::move(listed));
    }
    if (asked.as_json) {
        answer("{}\n", to_json_value(listing).dump(2));
        return 0;
    }
    for (const ListedCharacter& one : listing.characters) {
        answer("{} ({})\n  prompt: {}\n", one.name, one.file, one.prompt);
        if (!one.negative.empty()) answer("  negative: {}\n", one.negative);
        if (!one.references.empty()) {
            answer("  references: {}\n", fmt::join(one.references, ", "));
        }
        if (!one.loras.empty()) answer("  LoRAs: {}\n", fmt::join(one.loras, ", "));
        answer("  shots: {}\n",
               one.shots.empty() ? "none" : fmt::format("{}", fmt::join(one.shots, ", ")));
    }
    if (listing.characters.empty()) answer("{} has no characters\n", asked.night.path);
    return 0;
}

struct ReportAsked {
    std::string output;
    std::string name;
    bool as_json = false;
};

void print(const CharacterReport& report, const fs::path& page) {
    const auto flagged = std::ranges::count_if(
        report.takes, [](const CharacterTake& take) { return !take.flags.empty(); });
    answer("{}: {} takes, {} with flags: {}\n",
           report.name,
           report.takes.size(),
           flagged,
           page.string());
    for (const CharacterTake& take : report.takes) {
        if (take.flags.empty()) continue;
        answer("  {} {} v{:03} take {:02}: {}\n",
               take.show,
               take.shot,
               take.version,
               take.take,
               short_text_of(take.flags));
    }
}

// One page and one JSON file a character, in a folder of their own.
int report_characters(const ReportAsked& asked) {
    const fs::path output = fs::absolute(asked.output).lexically_normal();
    std::error_code ignored;
    if (!fs::is_directory(output, ignored)) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: no such folder: give an output folder", output.string()));
    }
    std::vector<std::string> unread;
    const std::optional<std::string> name =
        asked.name.empty() ? std::nullopt : std::optional(asked.name);
    const std::vector<CharacterReport> reports = character_reports(output, name, unread);
    for (const std::string& why : unread) say("{}; its take is missing here\n", why);
    if (reports.empty()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: no published take shows {} with a reference picture",
                                output.string(),
                                name ? *name : "a character"));
    }
    const fs::path folder = output / "characters";
    create_folders(folder);
    Json all = Json::array();
    for (const CharacterReport& report : reports) {
        const fs::path page = folder / (report.name + ".html");
        const Json json = to_json_value(report);
        write_file_atomically(page, character_page(report, output, page));
        write_file_atomically(folder / (report.name + ".json"), json.dump(2) + "\n");
        if (asked.as_json) {
            all.push_back(json);
        } else {
            print(report, page);
        }
    }
    if (asked.as_json) answer("{}\n", all.dump(2));
    return 0;
}

}  // namespace

Command characters_command(const Surroundings& surroundings) {
    const auto listed = std::make_shared<ListAsked>();
    const auto reported = std::make_shared<ReportAsked>();
    Command list{.name = "list",
                 .meaning =
                     "list the characters of a night and of what it includes, with their "
                     "pictures, LoRAs and shots",
                 .example = "nightreel characters list night.yaml",
                 .options = night_options(listed->night),
                 .run = [listed, &surroundings] { return list_characters(surroundings, *listed); }};
    list.options.push_back(json_option(listed->as_json));
    Command report{.name = "report",
                   .meaning =
                       "write a page for each character with its published takes, doubtful "
                       "ones first, to OUT/characters",
                   .example = "nightreel characters report out mira",
                   .options = {{.names = "output",
                                .target = &reported->output,
                                .meaning = "output folder",
                                .value = "OUT",
                                .required = true},
                               {.names = "name",
                                .target = &reported->name,
                                .meaning = "name of one character",
                                .value = "NAME"},
                               json_option(reported->as_json)},
                   .run = [reported] { return report_characters(*reported); }};
    return {.name = "characters",
            .meaning = "list characters, and report on them over all shots",
            .commands = {std::move(list), std::move(report)}};
}

}  // namespace nightreel::cli
