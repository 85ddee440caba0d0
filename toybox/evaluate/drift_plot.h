#pragma once
// The change of mean colours over the segments of a chain, as an SVG. One thread.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace nightreel::toybox {

struct DriftLine {
    std::string colour;           // an SVG colour
    bool encodes_again = false;   // dashed
    std::vector<double> changes;  // by segment, code values
};

void write_drift_plot(const std::filesystem::path& file,
                      const std::vector<DriftLine>& lines,
                      std::size_t takes);

}  // namespace nightreel::toybox
