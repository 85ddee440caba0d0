#include "pipeline/takes/quality/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/takes/quality/flags.h"

namespace nightreel {
namespace {

constexpr double plot_width = 960;
constexpr double left_margin = 64;
constexpr double right_margin = 16;
constexpr double panel_height = 120;
constexpr double panel_gap = 34;
constexpr double top_margin = 40;
constexpr double line_height = 16;
constexpr std::size_t flags_listed_max = 12;
// More points than this a panel cannot show; a stretch is then drawn from its least to its largest.
constexpr std::size_t points_max = 900;

struct Curve {
    const std::vector<double>* values = nullptr;
    std::string_view colour;
    std::string_view name;
};

struct Panel {
    std::string_view title;
    std::vector<Curve> curves;
    bool from_zero = true;
};

class Drawing {
  public:
    Drawing(const TakeMetrics& metrics,
            const TakeSeries& series,
            const std::vector<std::int64_t>& joints)
        : series_(series), joints_(joints), flags_(flags_of(metrics.findings, {})) {}

    std::string text() {
        const std::array<Panel, 4> panels{
            Panel{"Difference from the frame before (code values)",
                  {{&series_.difference, "#222222", ""}}},
            Panel{"Mean colour (code values)",
                  {{&series_.red, "#c0392b", "red"},
                   {&series_.green, "#1e8449", "green"},
                   {&series_.blue, "#2152b3", "blue"}},
                  false},
            Panel{"Brightness and contrast (code values)",
                  {{&series_.brightness, "#222222", "brightness"},
                   {&series_.contrast, "#b9770e", "contrast"}},
                  false},
            Panel{"Sharpness (variance of the Laplacian)", {{&series_.sharpness, "#6c3483", ""}}}};
        const std::size_t listed = std::min(flags_.size(), flags_listed_max);
        const double below = top_margin + 4 * (panel_height + panel_gap);
        const double height = below + line_height * static_cast<double>(listed + 1);
        text_ = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" "
            "height=\"{1:.0f}\" viewBox=\"0 0 {0} {1:.0f}\" "
            "font-family=\"sans-serif\" font-size=\"11\">\n"
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
            plot_width,
            height);
        label(left_margin,
              18,
              "#555555",
              "Dashed lines: joints of segments. Red: what stands out (listed below).");
        double top = top_margin;
        for (const Panel& panel : panels) {
            draw(panel, top);
            top += panel_height + panel_gap;
        }
        for (std::size_t i = 0; i < listed; ++i) {
            label(left_margin,
                  below + line_height * static_cast<double>(i),
                  "#c0392b",
                  flags_[i].text);
        }
        if (flags_.size() > listed) {
            label(left_margin,
                  below + line_height * static_cast<double>(listed),
                  "#c0392b",
                  fmt::format("And {} more.", flags_.size() - listed));
        }
        return text_ + "</svg>\n";
    }

  private:
    double x_of(double number) const {
        const double first = static_cast<double>(series_.first);
        const double span = std::max(1.0, static_cast<double>(series_.frames()) - 1);
        return left_margin + (number - first) / span * (plot_width - left_margin - right_margin);
    }

    void label(double x, double y, std::string_view colour, std::string_view words) {
        std::string escaped;
        for (const char letter : words) {
            if (letter == '&') {
                escaped += "&amp;";
            } else if (letter == '<') {
                escaped += "&lt;";
            } else {
                escaped += letter;
            }
        }
        text_ += fmt::format(
            "<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"{}\">{}</text>\n", x, y, colour, escaped);
    }

    void draw(const Panel& panel, double top) {
        double low = panel.from_zero ? 0 : 1e300;
        double high = 0;
        for (const Curve& curve : panel.curves) {
            for (const double value : *curve.values) {
                low = std::min(low, value);
                high = std::max(high, value);
            }
        }
        if (low > high) low = 0;
        const double margin = std::max((high - low) * 0.05, 0.5);
        if (!panel.from_zero) low = std::max(0.0, low - margin);
        high += margin;
        label(left_margin, top - 6, "#222222", panel.title);
        mark_flags(top);
        frame_of(top, low, high);
        double at = plot_width - right_margin - 70 * static_cast<double>(panel.curves.size());
        for (const Curve& curve : panel.curves) {
            draw_curve(curve, top, low, high);
            label(at, top - 6, curve.colour, curve.name);
            at += 70;
        }
    }

    void mark_flags(double top) {
        for (const Flag& flag : flags_) {
            // What holds for the whole take is listed and not marked.
            const bool is_all = flag.frames.count() >= static_cast<std::int64_t>(series_.frames());
            if (is_all) continue;
            const double left = x_of(static_cast<double>(flag.frames.first) - 0.5);
            const double right = x_of(static_cast<double>(flag.frames.last) + 0.5);
            text_ += fmt::format(
                "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" "
                "fill=\"#e74c3c\" fill-opacity=\"0.18\"/>\n",
                left,
                top,
                std::max(right - left, 2.0),
                panel_height);
        }
    }

    void frame_of(double top, double low, double high) {
        const double bottom = top + panel_height;
        text_ += fmt::format(
            "<rect x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" fill=\"none\" "
            "stroke=\"#999999\"/>\n",
            left_margin,
            top,
            plot_width - left_margin - right_margin,
            panel_height);
        for (const std::int64_t joint : joints_) {
            const double x = x_of(static_cast<double>(joint) - 0.5);
            text_ += fmt::format(
                "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" "
                "stroke=\"#7f8c8d\" stroke-dasharray=\"4 3\"/>\n",
                x,
                top,
                bottom);
        }
        label(6, top + 10, "#555555", fmt::format("{:.1f}", high));
        label(6, bottom, "#555555", fmt::format("{:.1f}", low));
        if (series_.frames() == 0) return;
        label(left_margin, bottom + 13, "#555555", fmt::format("{}", series_.first));
        label(plot_width - right_margin - 32,
              bottom + 13,
              "#555555",
              fmt::format("{}", series_.number(series_.frames() - 1)));
    }

    void draw_curve(const Curve& curve, double top, double low, double high) {
        const std::vector<double>& values = *curve.values;
        const auto y_of = [&](double value) {
            return top + panel_height * (1 - (value - low) / (high - low));
        };
        const std::size_t stretch = (values.size() + points_max - 1) / points_max;
        std::string points;
        for (std::size_t begin = 0; begin < values.size(); begin += stretch) {
            const auto from = values.begin() + static_cast<std::ptrdiff_t>(begin);
            const std::size_t length = std::min(stretch, values.size() - begin);
            const auto [least, most] =
                std::minmax_element(from, from + static_cast<std::ptrdiff_t>(length));
            const double x = x_of(static_cast<double>(series_.number(begin)));
            points += fmt::format("{:.1f},{:.1f} ", x, y_of(*most));
            if (length > 1) points += fmt::format("{:.1f},{:.1f} ", x, y_of(*least));
        }
        text_ += fmt::format(
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.2\" "
            "points=\"{}\"/>\n",
            curve.colour,
            points);
    }

    const TakeSeries& series_;
    const std::vector<std::int64_t>& joints_;
    std::vector<Flag> flags_;
    std::string text_;
};

}  // namespace

std::string plot_of(const TakeMetrics& metrics,
                    const TakeSeries& series,
                    const std::vector<std::int64_t>& joints) {
    return Drawing(metrics, series, joints).text();
}

}  // namespace nightreel
