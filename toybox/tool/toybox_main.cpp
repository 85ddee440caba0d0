// nightreel-toybox: pictures of the toy world.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "pipeline/picture/png.h"
#include "toybox/tool/command_line.h"
#include "toybox/tool/strip.h"
#include "toybox/world/caption.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

template <class Set>
void add_choice(CLI::App& app, const std::string& name, Set& value) {
    std::vector<std::string> words;
    for (const auto& [each, word] : EnumWords<Set>::words) words.emplace_back(word);
    const auto set = [&value](const std::string& word) {
        value = from_word<Set>(word).value_or(value);
    };
    app.add_option_function<std::string>(name, set, "")->required()->check(CLI::IsMember(words));
}

struct ClipChoice {
    std::uint64_t seed = 1;
    int frames = 17;
    int every = 4;
};

void draw_clip(const ClipChoice& choice, const std::string& path) {
    Dice dice(choice.seed);
    const Record record = sample_record(dice, {.phases = 1});
    const Caption caption = caption_of(record, dice);
    const Clip clip = Stage().render(record, choice.frames);
    Clip shown;
    for (std::size_t f = 0; f < clip.size(); f += static_cast<std::size_t>(choice.every)) {
        shown.push_back(clip[f]);
    }
    write_png(path, strip_of(shown));
    fmt::print("{}\n{}", caption.text, to_text(record));
}

int run(int argc, char** argv) {
    CLI::App app("Pictures of the bundled model's toy world.", "nightreel-toybox");
    app.require_subcommand(1);
    std::string path;

    CLI::App* sheet = app.add_subcommand("sheet", "Draw a character sheet, 96x64, as PNG.");
    Actor actor;
    add_choice(*sheet, "--shape", actor.shape);
    add_choice(*sheet, "--colour", actor.colour);
    add_choice(*sheet, "--pattern", actor.pattern);
    add_choice(*sheet, "--size", actor.size);
    sheet->add_option("-o,--output", path, "PNG file to write.")->required();

    CLI::App* clip = app.add_subcommand("clip", "Draw a seeded true clip as a strip of frames.");
    ClipChoice choice;
    clip->add_option("--seed", choice.seed, "Which clip.");
    clip->add_option("--frames", choice.frames, "Its length.")->check(CLI::Range(1, 480));
    clip->add_option("--every", choice.every, "Show every so many.")->check(CLI::Range(1, 480));
    clip->add_option("-o,--output", path, "PNG file to write.")->required();

    if (const std::optional<int> code = parse(app, argc, argv)) return *code;
    if (*sheet) {
        const Frame frame = render_sheet(actor);
        write_png(path, strip_of({&frame, 1}));
    }
    if (*clip) draw_clip(choice, path);
    return 0;
}

}  // namespace
}  // namespace nightreel::toybox

int main(int argc, char** argv) {
    return nightreel::toybox::run_program("nightreel-toybox",
                                          [&] { return nightreel::toybox::run(argc, argv); });
}
