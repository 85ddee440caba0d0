#include "shotspec/resolve/pictures.h"

#include <cmath>

#include <fmt/format.h>

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Resolutions such as 299 by 300 dots an inch are of careless programs, not of other pixels.
bool is_square(double aspect) {
    constexpr double tolerance = 0.02;
    return std::abs(aspect - 1) <= tolerance;
}

}  // namespace

GivenPicture PictureShelf::find(const std::string& name,
                                const std::string& place,
                                PictureGround ground) {
    const Place where = document_.places.of(place);
    if (name.empty()) {
        document_.complaints.add(where, place, "expected the name of a file");
        return {.path = {}, .place = place, .name = name};
    }
    const fs::path written_in = document_.complaints.files()[where.file];
    const fs::path file = fs::absolute(written_in.parent_path() / name).lexically_normal();
    const PictureFile& looked = look_at(file);
    GivenPicture given{.path = file.string(), .place = place, .name = name};
    if (!looked.problem.empty()) {
        document_.complaints.add(where, place, fmt::format("{}: {}", name, looked.problem));
        return given;
    }
    const PictureHeader& header = looked.header;
    if (!is_square(header.pixel_aspect)) {
        document_.complaints.warn(
            where,
            place,
            fmt::format("{}: has a pixel aspect ratio of {:.4g}, which is ignored: resample it to "
                        "square pixels if it looks squeezed",
                        name,
                        header.pixel_aspect));
    }
    given.digest = looked.digest;
    given.size = {header.width, header.height};
    given.reading = reading_of(header, ground);
    return given;
}

void PictureShelf::require_size(const GivenPicture& picture, PictureSize frame) {
    if (picture.digest.empty()) return;
    const std::string problem = frame_size_problem(picture.size, frame);
    if (problem.empty()) return;
    document_.complaints.add(document_.places.of(picture.place),
                             picture.place,
                             fmt::format("{}: {}", picture.name, problem));
}

const PictureFile& PictureShelf::look_at(const fs::path& file) {
    const auto known = looked_.find(file);
    if (known != looked_.end()) return known->second;
    return looked_.emplace(file, look_at_picture(file)).first->second;
}

bool takes_references_of_any_size(const ModelCard& card) {
    return card.family.find("vace") != std::string::npos;
}

}  // namespace nightreel
