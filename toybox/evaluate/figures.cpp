#include "toybox/evaluate/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shotspec/base/check.h"

namespace nightreel::toybox {
namespace {

struct RecipeFigure {
    std::string_view name;
    Interval interval;
};

// 95 % Wilson intervals of the recipe's measurements (models/toybox/card.json). Its medians of
// seams came without intervals: a quarter to either side.
constexpr std::array<RecipeFigure, 18> recipe_figures{{
    {"follow.exact", {0.6125, 0.7407}},
    {"follow.count", {0.8740, 0.9502}},
    {"follow.shape", {0.9167, 0.9761}},
    {"follow.colour", {0.9812, 1.0}},
    {"follow.pattern", {0.9568, 0.9949}},
    {"follow.size", {0.9488, 0.9939}},
    {"follow.action", {0.8391, 0.9262}},
    {"follow.background", {0.9798, 1.0}},
    {"follow.camera", {0.7939, 0.8929}},
    {"follow.pillar", {0.9812, 1.0}},
    {"chain.both.identity", {0.6661, 0.8347}},
    {"chain.neither.identity", {0.0107, 0.0879}},
    {"chain.overlap.identity", {0.4937, 0.6865}},
    {"chain.sheet.identity", {0.8064, 0.9348}},
    {"chain.both.seam", {1.35 * 0.75, 1.35 * 1.25}},
    {"chain.neither.seam", {16.06 * 0.75, 16.06 * 1.25}},
    {"chain.overlap.seam", {1.34 * 0.75, 1.34 * 1.25}},
    {"chain.sheet.seam", {11.02 * 0.75, 11.02 * 1.25}},
}};

std::optional<Interval> recipe_for(std::string_view name) {
    for (const RecipeFigure& figure : recipe_figures) {
        if (figure.name == name) return figure.interval;
    }
    return std::nullopt;
}

}  // namespace

bool Figure::agrees() const {
    return !recipe || (interval.low <= recipe->high && recipe->low <= interval.high);
}

Figure share_figure(std::string name, const Share& share) {
    const std::optional<Interval> recipe = recipe_for(name);
    return {std::move(name), share.rate, {share.low, share.high}, recipe, share};
}

Figure median_figure(std::string name, std::vector<double> values) {
    NIGHTREEL_CHECK(!values.empty(), "a median of nothing has no value");
    std::sort(values.begin(), values.end());
    const double count = static_cast<double>(values.size());
    const double reach = 1.96 * std::sqrt(count) / 2;
    const double last = count - 1;
    const auto at = [&](double rank) {
        return values[static_cast<std::size_t>(std::clamp(rank, 0.0, last))];
    };
    const Interval interval{at(std::floor(count / 2 - reach)), at(std::ceil(count / 2 + reach))};
    const std::optional<Interval> recipe = recipe_for(name);
    return {std::move(name), median(std::move(values)), interval, recipe, std::nullopt};
}

Figure mean_figure(std::string name, const std::vector<double>& values) {
    NIGHTREEL_CHECK(values.size() > 1, "one value has no spread");
    const auto count = static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values) sum += value;
    const double mean = sum / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double error = std::sqrt(squares / (count - 1) / count);
    // The 97.5 % point of Student's t, after Cornish and Fisher: within 1 % from four values on.
    constexpr double z = 1.959964;
    constexpr double z3 = z * z * z;
    constexpr double z5 = z3 * z * z;
    constexpr double z7 = z5 * z * z;
    const double degrees = count - 1;
    const double t = z + (z3 + z) / (4 * degrees) +
                     (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees * degrees) +
                     (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees * degrees * degrees);
    const std::optional<Interval> recipe = recipe_for(name);
    return {std::move(name), mean, {mean - t * error, mean + t * error}, recipe, std::nullopt};
}

std::string table_of(const std::vector<Figure>& figures) {
    std::string table =
        fmt::format("{:<26} {:>8} {:>16} {:>16}\n", "figure", "value", "95 % interval", "recipe");
    for (const Figure& figure : figures) {
        const std::string own =
            fmt::format("{:.3f} to {:.3f}", figure.interval.low, figure.interval.high);
        const std::string recipe =
            figure.recipe ? fmt::format("{:.3f} to {:.3f}", figure.recipe->low, figure.recipe->high)
                          : "";
        table += fmt::format("{:<26} {:>8.3f} {:>16} {:>16}{}\n",
                             figure.name,
                             figure.value,
                             own,
                             recipe,
                             figure.agrees() ? "" : "  differs");
    }
    return table;
}

std::string json_line_of(const Figure& figure) {
    nlohmann::json json = {{"figure", figure.name},
                           {"value", figure.value},
                           {"low", figure.interval.low},
                           {"high", figure.interval.high},
                           {"agrees", figure.agrees()}};
    if (figure.recipe) json["recipe"] = {figure.recipe->low, figure.recipe->high};
    if (figure.counted) {
        json["right"] = figure.counted->right;
        json["asked"] = figure.counted->asked;
    }
    return json.dump();
}

}  // namespace nightreel::toybox
