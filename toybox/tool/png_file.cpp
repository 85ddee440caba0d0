#include "toybox/tool/png_file.h"

#include <algorithm>
#include <string>
#include <vector>

#include <png.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel::toybox {

void write_png(const std::filesystem::path& path, std::span<const Frame> frames) {
    NIGHTREEL_CHECK(!frames.empty(), "a picture shows at least one frame");
    constexpr std::size_t row_bytes = std::size_t{frame_width} * 3;
    std::vector<png_byte> pixels(frames.size() * frame_height * row_bytes);
    for (std::size_t f = 0; f < frames.size(); ++f) {
        for (std::size_t y = 0; y < frame_height; ++y) {
            std::copy_n(frames[f].rgb.data() + y * row_bytes,
                        row_bytes,
                        pixels.data() + (y * frames.size() + f) * row_bytes);
        }
    }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.format = PNG_FORMAT_RGB;
    image.width = static_cast<png_uint_32>(frames.size() * frame_width);
    image.height = frame_height;
    std::string file(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
    png_alloc_size_t size = file.size();
    if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0) {
        throw Error(ErrorKind::internal, path.string() + ": " + image.message);
    }
    file.resize(size);
    write_file_atomically(path, file);
}

}  // namespace nightreel::toybox
