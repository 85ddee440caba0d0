#include "toybox/evaluate/drift_plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "shotspec/base/files.h"

namespace nightreel::toybox {
namespace {

constexpr double left = 60;
constexpr double right = 700;
constexpr double top = 40;
constexpr double bottom = 340;

struct Scale {
    std::size_t segments = 2;
    double reach = 1;  // code values up and down

    double x(std::size_t segment) const {
        return left +
               (right - left) * static_cast<double>(segment) / static_cast<double>(segments - 1);
    }

    double y(double change) const {
        return (top + bottom) / 2 - change / reach * (bottom - top) / 2;
    }
};

std::string text(double x, double y, const char* anchor, const std::string& words) {
    return fmt::format(R"(<text x="{:.0f}" y="{:.0f}" text-anchor="{}">{}</text>)"
                       "\n",
                       x,
                       y,
                       anchor,
                       words);
}

std::string axes_of(const Scale& scale) {
    std::string svg;
    for (int k = -4; k <= 4; ++k) {
        const double value = scale.reach * k / 4;
        svg += fmt::format(R"(<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" stroke="{}"/>)"
                           "\n",
                           left,
                           right,
                           scale.y(value),
                           scale.y(value),
                           k == 0 ? "#444" : "#ddd");
        svg += text(left - 6, scale.y(value) + 4, "end", fmt::format("{:+g}", value));
    }
    for (std::size_t s = 0; s < scale.segments; ++s) {
        svg += text(scale.x(s), bottom + 18, "middle", fmt::format("{}", s + 1));
    }
    return svg;
}

}  // namespace

void write_drift_plot(const std::filesystem::path& file,
                      const std::vector<DriftLine>& lines,
                      std::size_t takes) {
    Scale scale;
    double largest = 0.5;
    for (const DriftLine& line : lines) {
        scale.segments = std::max(scale.segments, line.changes.size());
        for (const double change : line.changes) largest = std::max(largest, std::abs(change));
    }
    scale.reach = std::ceil(largest);
    std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 400" )"
                      R"(font-family="sans-serif" font-size="12">)"
                      "\n"
                      R"(<rect width="760" height="400" fill="white"/>)"
                      "\n";
    svg +=
        text(left,
             22,
             "start",
             fmt::format("Mean colour against the first segment, code values (0 to 255); mean of "
                         "{} takes",
                         takes));
    svg += axes_of(scale);
    for (const DriftLine& line : lines) {
        std::string points;
        for (std::size_t s = 0; s < line.changes.size(); ++s) {
            points += fmt::format("{:.1f},{:.1f} ", scale.x(s), scale.y(line.changes[s]));
        }
        svg += fmt::format(R"(<polyline points="{}" fill="none" stroke="{}" stroke-width="2"{}/>)"
                           "\n",
                           points,
                           line.colour,
                           line.encodes_again ? R"( stroke-dasharray="6 4")" : "");
    }
    svg += text((left + right) / 2,
                bottom + 38,
                "middle",
                "segment; solid: latents handed over, dashed: last frame encoded again");
    write_file_atomically(file, svg + "</svg>\n");
}

}  // namespace nightreel::toybox
