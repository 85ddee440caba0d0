#include "pipeline/picture/png.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <png.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/picture/picture_limits.h"

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

[[noreturn]] void refuse_damaged(const std::filesystem::path& path, const std::string& why) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: is damaged ({}); export it again", path.string(), why));
}

// libpng shows an index without a colour as black.
void require_palette_for_all(const std::filesystem::path& path, const std::string& bytes) {
    Image image;
    if (png_image_begin_read_from_memory(&*image, bytes.data(), bytes.size()) == 0) {
        refuse_damaged(path, image->message);
    }
    if ((image->format & PNG_FORMAT_FLAG_COLORMAP) == 0) return;
    image->format = PNG_FORMAT_RGBA_COLORMAP;  // indices as they are stored
    std::vector<std::uint8_t> indices(PNG_IMAGE_SIZE(*image));
    std::vector<std::uint8_t> colours(PNG_IMAGE_COLORMAP_SIZE(*image));
    if (png_image_finish_read(&*image, nullptr, indices.data(), 0, colours.data()) == 0) {
        refuse_damaged(path, image->message);
    }
    const auto highest = std::ranges::max_element(indices);
    if (highest == indices.end() || *highest < image->colormap_entries) return;
    refuse_damaged(
        path,
        fmt::format(
            "a pixel has the colour {} of a palette of {}", *highest, image->colormap_entries));
}

// `format`: without alpha, or with it last. What a pixel then has, as it is stored in the file.
template <class Value>
std::vector<Value> read_values(const std::filesystem::path& path,
                               Image& image,
                               png_uint_32 format) {
    image->format = format;
    std::vector<Value> values(std::size_t{image->width} * image->height *
                              PNG_IMAGE_SAMPLE_CHANNELS(format));
    if (png_image_finish_read(&*image, nullptr, values.data(), 0, nullptr) == 0) {
        refuse_damaged(path, image->message);
    }
    return values;
}

// The code value of what libpng gives of 16 bits: light, for which it takes sRGB as the plain power
// of 2.2, multiplied by the alpha.
float code_of_deep(float light, float alpha) {
    return alpha > 0 ? std::pow(std::min(light / alpha, 1.0F), 1.0F / 2.2F) : 0.0F;
}

FrameRgb read_deep(const std::filesystem::path& path, Image& image, float ground) {
    const bool has_alpha = (image->format & PNG_FORMAT_FLAG_ALPHA) != 0;
    image->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // else libpng takes untagged 16-bit values as light
    const std::vector<std::uint16_t> values = read_values<std::uint16_t>(
        path, image, has_alpha ? PNG_FORMAT_LINEAR_RGB_ALPHA : PNG_FORMAT_LINEAR_RGB);
    FrameRgb picture{static_cast<int>(image->width), static_cast<int>(image->height), {}};
    const std::size_t step = has_alpha ? 4 : 3;
    picture.rgb.reserve(values.size() / step * 3);
    for (std::size_t at = 0; at < values.size(); at += step) {
        const float alpha = has_alpha ? static_cast<float>(values[at + 3]) / 65535.0F : 1.0F;
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const float light = static_cast<float>(values[at + channel]) / 65535.0F;
            picture.rgb.push_back(code_of_deep(light, alpha) * alpha + ground * (1.0F - alpha));
        }
    }
    return picture;
}

FrameRgb read_shallow(const std::filesystem::path& path, Image& image, float ground) {
    const bool has_alpha = (image->format & PNG_FORMAT_FLAG_ALPHA) != 0;
    const std::vector<std::uint8_t> values =
        read_values<std::uint8_t>(path, image, has_alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB);
    FrameRgb picture{static_cast<int>(image->width), static_cast<int>(image->height), {}};
    const std::size_t step = has_alpha ? 4 : 3;
    picture.rgb.reserve(values.size() / step * 3);
    for (std::size_t at = 0; at < values.size(); at += step) {
        const float alpha = has_alpha ? static_cast<float>(values[at + 3]) / 255.0F : 1.0F;
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const float code = static_cast<float>(values[at + channel]) / 255.0F;
            picture.rgb.push_back(code * alpha + ground * (1.0F - alpha));
        }
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

FrameRgb read_png(const std::filesystem::path& path, PictureGround ground) {
    const std::string bytes = read_file(path);
    Image image;
    if (png_image_begin_read_from_memory(&*image, bytes.data(), bytes.size()) == 0) {
        refuse_damaged(path, image->message);
    }
    in_context(path.string(), [&] { check_picture_sides(image->width, image->height); });
    require_palette_for_all(path, bytes);
    const float behind = ground == PictureGround::white ? 1.0F : 0.0F;
    const bool deep = (image->format & PNG_FORMAT_FLAG_LINEAR) != 0;
    return deep ? read_deep(path, image, behind) : read_shallow(path, image, behind);
}

}  // namespace nightreel
