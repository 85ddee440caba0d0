#include "shotspec/picture/jpeg_header.h"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "shotspec/picture/byte_reader.h"
#include "shotspec/picture/exif.h"
#include "shotspec/picture/refuse_picture.h"

namespace nightreel {
namespace {

// Second bytes of the markers that matter (ITU-T T.81, table B.1).
constexpr int start_of_frame_first = 0xC0;
constexpr int start_of_frame_last = 0xCF;
constexpr int huffman_tables = 0xC4;
constexpr int reserved_frame = 0xC8;
constexpr int arithmetic_tables = 0xCC;
constexpr int end_of_image = 0xD9;
constexpr int start_of_scan = 0xDA;
constexpr int app_0 = 0xE0;
constexpr int app_1 = 0xE1;
constexpr int app_14 = 0xEE;

// Markers of which no length follows: RST0 to RST7, SOI and TEM.
bool stands_alone(int marker) {
    return (marker >= 0xD0 && marker <= 0xD8) || marker == 0x01;
}

bool starts_frame(int marker) {
    return marker >= start_of_frame_first && marker <= start_of_frame_last &&
           marker != huffman_tables && marker != reserved_frame && marker != arithmetic_tables;
}

class JpegWalk {
  public:
    explicit JpegWalk(std::string_view bytes) : bytes_(bytes) {}

    PictureHeader run() {
        for (int marker = next_marker(); marker != end_of_image; marker = next_marker()) {
            if (stands_alone(marker)) continue;
            ByteReader length(bytes_, ByteOrder::big, at_);
            const std::size_t size = length.two();
            if (size < 2) refuse_picture("is damaged: a segment has no length");
            take_segment(marker, length.take(size - 2));
            at_ = length.position();
        }
        if (header_.width == 0 || !has_scan_) {
            refuse_picture("is a JPEG without a picture in it");
        }
        // As libjpeg tells it; the decoder here would take such a file for luminance and chroma.
        const bool is_rgb = !has_jfif_ && (has_adobe_ ? !is_adobe_ycc_ : has_rgb_names_);
        if (is_rgb && is_subsampled_) {
            refuse_picture(
                "stores RGB with fewer values in some channels; export it as an ordinary JPEG");
        }
        if (header_.orientation > 4) std::swap(header_.width, header_.height);
        return header_;
    }

  private:
    // Past coded data and stray bytes, which decoders pass over too. A zero after 0xFF makes that
    // byte a value; more of 0xFF are padding.
    int next_marker() {
        for (;;) {
            at_ = bytes_.find('\xff', at_);
            if (at_ == std::string_view::npos || at_ + 1 >= bytes_.size()) {
                refuse_picture("is truncated: its end marker is missing; export it again");
            }
            const auto marker = static_cast<std::uint8_t>(bytes_[++at_]);
            if (marker == 0 || marker == 0xFF) continue;
            ++at_;
            return marker;
        }
    }

    void take_segment(int marker, std::string_view content) {
        if (marker == start_of_scan) has_scan_ = true;
        if (starts_frame(marker) && header_.width == 0) take_frame(marker, content);
        if (marker == app_0 && content.starts_with(std::string_view("JFIF\0", 5))) {
            has_jfif_ = true;
            take_density(content);
        }
        constexpr std::size_t adobe_transform = 11;
        if (marker == app_14 && content.starts_with("Adobe") && content.size() > adobe_transform) {
            has_adobe_ = true;
            is_adobe_ycc_ = content[adobe_transform] != 0;
        }
        if (marker == app_1 && content.starts_with("Exif") && !has_exif_) {
            has_exif_ = true;
            header_.orientation = exif_orientation(content);
        }
    }

    void take_frame(int marker, std::string_view content) {
        constexpr int baseline_to_lossless = 3;
        const int process = marker - start_of_frame_first;
        if (process > baseline_to_lossless) {
            const bool is_arithmetic = process > 8 && process < 12;
            refuse_picture(fmt::format("is {} JPEG; export it as a baseline or progressive JPEG",
                                       is_arithmetic ? "an arithmetic-coded" : "a hierarchical"));
        }
        ByteReader frame(content, ByteOrder::big);
        const int bits = frame.byte();
        header_.height = frame.two();
        header_.width = frame.two();
        const int channels = frame.byte();
        if (header_.width == 0 || header_.height == 0) {
            refuse_picture("has no pixels: its header gives a side of 0");
        }
        if (bits != 8) {
            refuse_picture(fmt::format("has {} bits a channel; export it with 8", bits));
        }
        if (channels != 1 && channels != 3 && channels != 4) {
            refuse_picture(fmt::format("has {} channels; export it as RGB", channels));
        }
        if (channels == 3) take_channels(frame);
    }

    // Name, sampling and table of each.
    void take_channels(ByteReader& frame) {
        const std::string_view all = frame.take(9);
        has_rgb_names_ = all[0] == 'R' && all[3] == 'G' && all[6] == 'B';
        is_subsampled_ = all[1] != all[4] || all[1] != all[7];
    }

    void take_density(std::string_view content) {
        constexpr std::size_t after_version_and_unit = 8;
        if (content.size() < after_version_and_unit + 4) return;
        ByteReader density(content, ByteOrder::big, after_version_and_unit);
        const double across = density.two();
        const double down = density.two();
        if (across > 0 && down > 0) header_.pixel_aspect = down / across;
    }

    std::string_view bytes_;
    std::size_t at_ = 2;  // behind SOI
    bool has_scan_ = false;
    bool has_exif_ = false;
    bool has_jfif_ = false;
    bool has_adobe_ = false;
    bool is_adobe_ycc_ = false;
    bool has_rgb_names_ = false;
    bool is_subsampled_ = false;
    PictureHeader header_{.kind = PictureKind::jpeg};
};

}  // namespace

PictureHeader read_jpeg_header(std::string_view bytes) {
    return JpegWalk(bytes).run();
}

}  // namespace nightreel
