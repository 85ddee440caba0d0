#include "pipeline/picture/png.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <png.h>

#include "pipeline/picture/picture_limits.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

// libpng's simplified interface: errors are texts in the structure, not long jumps.
class Image {
  public:
    Image() { value_.version = PNG_IMAGE_VERSION; }

    ~Image() { png_image_free(&value_); }

    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;

    png_image& operator*() { return value_; }

    png_image* operator->() { return &value_; }

  private:
    png_image value_{};
};

[[noreturn]] void fail(const std::filesystem::path& path, ErrorKind kind, Image& image) {
    throw Error(kind, fmt::format("{}: PNG: {}", path.string(), image->message));
}

FrameRgb read_deep(const std::filesystem::path& path, Image& image, std::size_t count) {
    image->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // else libpng takes untagged 16-bit values as light
    image->format = PNG_FORMAT_LINEAR_RGB;
    std::vector<std::uint16_t> values(count);
    if (png_image_finish_read(&*image, nullptr, values.data(), 0, nullptr) == 0) {
        fail(path, ErrorKind::bad_input, image);
    }
    FrameRgb picture{static_cast<int>(image->width), static_cast<int>(image->height), {}};
    picture.rgb.reserve(count);
    for (const std::uint16_t value : values) {
        // libpng takes sRGB as the plain power of 2.2 here; undoing that gives the code values.
        picture.rgb.push_back(std::pow(static_cast<float>(value) / 65535.0F, 1.0F / 2.2F));
    }
    return picture;
}

FrameRgb read_shallow(const std::filesystem::path& path, Image& image, std::size_t count) {
    image->format = PNG_FORMAT_RGB;
    std::vector<std::uint8_t> values(count);
    const png_color black{0, 0, 0};
    if (png_image_finish_read(&*image, &black, values.data(), 0, nullptr) == 0) {
        fail(path, ErrorKind::bad_input, image);
    }
    FrameRgb picture{static_cast<int>(image->width), static_cast<int>(image->height), {}};
    picture.rgb.reserve(count);
    for (const std::uint8_t value : values) {
        picture.rgb.push_back(static_cast<float>(value) / 255.0F);
    }
    return picture;
}

}  // namespace

Digest write_png(const std::filesystem::path& path, const FrameRgb& display) {
    const std::size_t count =
        static_cast<std::size_t>(display.width) * static_cast<std::size_t>(display.height) * 3;
    NIGHTREEL_CHECK(count > 0 && display.rgb.size() == count, "three values a pixel");
    std::vector<std::uint8_t> values(count);
    std::transform(display.rgb.begin(), display.rgb.end(), values.begin(), [](float value) {
        return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255.0F));
    });
    Image image;
    image->width = static_cast<png_uint_32>(display.width);
    image->height = static_cast<png_uint_32>(display.height);
    image->format = PNG_FORMAT_RGB;
    std::vector<std::byte> bytes(PNG_IMAGE_PNG_SIZE_MAX(*image));
    png_alloc_size_t size = bytes.size();
    if (png_image_write_to_memory(&*image, bytes.data(), &size, 0, values.data(), 0, nullptr) ==
        0) {
        fail(path, ErrorKind::internal, image);
    }
    bytes.resize(size);
    write_file_atomically(path, bytes);
    return digest_of(bytes);
}

FrameRgb read_png(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);
    Image image;
    if (png_image_begin_read_from_memory(&*image, bytes.data(), bytes.size()) == 0) {
        fail(path, ErrorKind::bad_input, image);
    }
    refuse_sides(path.string(), image->width, image->height);
    const std::size_t count = std::size_t{image->width} * image->height * 3;
    const bool deep = (image->format & PNG_FORMAT_FLAG_LINEAR) != 0;
    return deep ? read_deep(path, image, count) : read_shallow(path, image, count);
}

}  // namespace nightreel
