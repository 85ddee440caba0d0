// nightreel-evaluate: measures the native engine with the bundled model and compares the figures
// with those of the recipe that the weights came from. Ends with 1 when one differs.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "shotspec/base/processor.h"
#include "toybox/evaluate/chains.h"
#include "toybox/evaluate/following.h"
#include "toybox/evaluate/quality_trials.h"
#include "toybox/evaluate/ranking_trials.h"
#include "toybox/evaluate/real_quality.h"
#include "toybox/tool/command_line.h"

namespace nightreel::toybox {
namespace {

int run(int argc, char** argv) {
    (void)limit_tensor_libraries();
    Crew crew{.model = "models/toybox", .threads = 1};
    std::size_t clips = 200;
    std::size_t characters = 32;
    std::size_t takes = 100;
    std::size_t shots = 120;
    std::string only;
    CLI::App app("Measures the native engine with the bundled model, with fixed seeds.",
                 "nightreel-evaluate");
    app.add_option("--model", crew.model, "The model's folder.")->capture_default_str();
    app.add_option("--clips", clips, "Captions to follow.")->check(CLI::Range(1, 100000));
    app.add_option("--chains", characters, "Characters to keep.")->check(CLI::Range(1, 100000));
    app.add_option("--takes", takes, "Takes with each made fault, and clean ones.")
        ->check(CLI::Range(1, 100000));
    app.add_option("--shots", shots, "Shots with four takes each, to rank.")
        ->check(CLI::Range(1, 100000));
    app.add_option("--threads", crew.threads, "Clips made at the same time.")
        ->check(CLI::Range(1, 256));
    app.add_option("--only", only, "Measure one thing alone.")
        ->check(CLI::IsMember({"follow", "chain", "quality", "ranking"}));
    if (const std::optional<int> code = parse(app, argc, argv)) return *code;

    std::vector<Figure> figures;
    const auto add = [&](const char* part, const auto& measure) {
        if (!only.empty() && only != part) return;
        const std::vector<Figure> more = measure();
        figures.insert(figures.end(), more.begin(), more.end());
    };
    add("follow", [&] { return measure_following(crew, clips); });
    add("chain", [&] { return measure_chains(crew, characters); });
    add("quality", [&] { return measure_quality(takes); });
    add("quality", [&] { return measure_real_quality(crew, takes); });
    add("ranking", [&] { return measure_ranking(crew, shots); });
    fmt::print(stderr, "{}", table_of(figures));
    for (const Figure& figure : figures) fmt::print("{}\n", json_line_of(figure));
    const bool agree = std::all_of(
        figures.begin(), figures.end(), [](const Figure& figure) { return figure.agrees(); });
    return agree ? 0 : 1;
}

}  // namespace
}  // namespace nightreel::toybox

int main(int argc, char** argv) {
    return nightreel::toybox::run_program("nightreel-evaluate",
                                          [&] { return nightreel::toybox::run(argc, argv); });
}
