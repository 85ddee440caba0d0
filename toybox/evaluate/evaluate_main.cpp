// nightreel-evaluate: measures the native engine with the bundled model and compares the figures
// with those of the recipe that the weights came from. Ends with 1 when one differs.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "shotspec/base/processor.h"
#include "toybox/evaluate/chains.h"
#include "toybox/evaluate/drift.h"
#include "toybox/evaluate/following.h"
#include "toybox/evaluate/identity.h"
#include "toybox/evaluate/quality_trials.h"
#include "toybox/evaluate/ranking_trials.h"
#include "toybox/evaluate/real_quality.h"
#include "toybox/tool/command_line.h"

namespace nightreel::toybox {
namespace {

struct Asked {
    Crew crew{.model = "models/toybox", .threads = 1};
    std::size_t clips = 200;
    std::size_t characters = 32;
    std::size_t shots = 120;
    QualityTrial quality;
    IdentityTrial identity;
    DriftTrial drift;
    std::uint64_t seed = 0;
    std::string only;
};

void describe_options(CLI::App& app, Asked& asked) {
    app.add_option("--model", asked.crew.model, "The model's folder.")->capture_default_str();
    app.add_option("--clips", asked.clips, "Captions to follow.")->check(CLI::Range(1, 100000));
    app.add_option("--chains", asked.characters, "Characters to keep over four segments.")
        ->check(CLI::Range(1, 100000));
    app.add_option("--takes", asked.quality.takes, "Takes with each made fault, and clean ones.")
        ->check(CLI::Range(1, 100000));
    app.add_option("--shots", asked.shots, "Shots with four takes each, to rank.")
        ->check(CLI::Range(1, 100000));
    app.add_option("--characters", asked.identity.characters, "Characters to keep in long takes.")
        ->check(CLI::Range(1, 100000));
    app.add_option("--segments", asked.identity.segments, "Segments of these takes.")
        ->check(CLI::Range(2, 1000));
    app.add_option("--drift-takes", asked.drift.takes, "Takes in which colours are followed.")
        ->check(CLI::Range(2, 100000));
    app.add_option("--drift-segments", asked.drift.segments, "Segments of these takes.")
        ->check(CLI::Range(2, 1000));
    app.add_option("--plot", asked.drift.plot, "An SVG of the drift.");
    app.add_option("--seed", asked.seed, "Other takes and characters than the published ones.");
    app.add_option("--threads", asked.crew.threads, "Clips made at the same time.")
        ->check(CLI::Range(1, 256));
    app.add_option("--only", asked.only, "Measure one thing alone.")
        ->check(CLI::IsMember({"follow", "chain", "quality", "identity", "drift", "ranking"}));
}

int run(int argc, char** argv) {
    (void)limit_tensor_libraries();
    Asked asked;
    CLI::App app("Measures the native engine with the bundled model, with fixed seeds.",
                 "nightreel-evaluate");
    describe_options(app, asked);
    if (const std::optional<int> code = parse(app, argc, argv)) return *code;
    asked.quality.seed = asked.identity.seed = asked.drift.seed = asked.seed;

    // A figure is printed when it is known: what is interrupted has not been for nothing.
    std::vector<Figure> figures;
    const Report report = [&](const Figure& figure) {
        figures.push_back(figure);
        fmt::print("{}\n", json_line_of(figure));
        std::fflush(stdout);
    };
    const auto wants = [&](const char* part) { return asked.only.empty() || asked.only == part; };
    if (wants("follow")) measure_following(asked.crew, asked.clips, report);
    if (wants("chain")) measure_chains(asked.crew, asked.characters, report);
    if (wants("quality")) measure_quality(asked.crew.threads, asked.quality, report);
    if (wants("quality")) measure_real_quality(asked.crew, asked.quality, report);
    if (wants("identity")) measure_identity(asked.crew, asked.identity, report);
    if (wants("drift")) measure_drift(asked.crew, asked.drift, report);
    if (wants("ranking")) {
        for (const Figure& figure : measure_ranking(asked.crew, asked.shots)) report(figure);
    }
    fmt::print(stderr, "{}", table_of(figures));
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
