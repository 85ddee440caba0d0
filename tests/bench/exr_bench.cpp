// What writing a 1920x1080 PIZ frame costs beside the codec itself: conversion to half, hash, file,
// fsync and rename. Coding uses one thread in both; the two take turns, and the best of each
// counts, so that a busy machine disturbs both alike.
//
//     exr_bench [FOLDER...]      writes below each folder; default: the temporary folder

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfIO.h>
#include <OpenEXR/ImfOutputFile.h>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/picture/exr/half.h"
#include "pipeline/picture/exr/sequence.h"
#include "pipeline/picture/frame_name.h"
#include "shotspec/base/random.h"

namespace nightreel {
namespace {

constexpr int width = 1920;
constexpr int height = 1080;
constexpr int rounds = 7;
constexpr int frames = 12;

// A gradient with grain: what PIZ meets in a generated picture.
FrameRgb grainy_picture() {
    FrameRgb picture{width, height, {}};
    picture.rgb.reserve(std::size_t{width} * height * 3);
    for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x) {
            const PhiloxCounter grain = philox4x32({x, y, 0, 0}, {1, 0});
            for (std::size_t c = 0; c < 3; ++c) {
                const double smooth = 0.4 + 0.3 * std::sin(x * 0.004 + y * 0.002 * double(c + 1));
                picture.rgb.push_back(static_cast<float>(smooth + grain[c] * 0x1p-32 * 0.01));
            }
        }
    }
    return picture;
}

class FixedStream final : public Imf::OStream {
  public:
    FixedStream() : OStream("memory"), bytes_(std::size_t{32} << 20) {}

    void write(const char data[], int count) override {
        std::memcpy(bytes_.data() + position_, data, static_cast<std::size_t>(count));
        position_ += static_cast<std::size_t>(count);
        size_ = std::max(size_, position_);
    }

    std::uint64_t tellp() override { return position_; }

    void seekp(std::uint64_t position) override { position_ = position; }

    std::size_t size() const { return size_; }

    void rewind() { position_ = 0; }

  private:
    std::vector<char> bytes_;
    std::size_t position_ = 0;
    std::size_t size_ = 0;
};

void codec_alone(std::vector<std::uint16_t>& halves, FixedStream& stream) {
    Imf::Header header(width, height);
    header.compression() = Imf::PIZ_COMPRESSION;
    Imf::FrameBuffer buffer;
    const char* const names[] = {"R", "G", "B"};
    for (std::size_t c = 0; c < 3; ++c) {
        header.channels().insert(names[c], Imf::Channel(Imf::HALF));
        buffer.insert(
            names[c],
            Imf::Slice(Imf::HALF, reinterpret_cast<char*>(halves.data() + c), 6, 6 * width));
    }
    stream.rewind();
    Imf::OutputFile file(stream, header, 0);
    file.setFrameBuffer(buffer);
    file.writePixels(height);
}

template <class Work>
double milliseconds(Work&& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + rounds / 2, values.end());
    return values[rounds / 2];
}

void measure(const std::filesystem::path& parent) {
    const FrameRgb picture = grainy_picture();
    std::vector<std::uint16_t> halves(picture.rgb.size());
    if (!to_half(picture.rgb, halves)) return;
    const auto folder = parent / fmt::format("nightreel-exr-bench-{}", ::getpid());
    std::filesystem::create_directories(folder);
    FixedStream stream;
    std::vector<double> codec;
    std::vector<double> alone;
    std::vector<double> written;
    for (int round = 0; round < rounds; ++round) {
        codec.push_back(milliseconds([&] {
                            for (int i = 0; i < frames; ++i) codec_alone(halves, stream);
                        }) /
                        frames);
        written.push_back(milliseconds([&] {
                              const std::string pattern = frame_pattern("a", {1001, 1096});
                              ExrSequence sequence(folder, pattern, ExrHeader{});
                              for (int i = 0; i < frames; ++i) sequence.add(1001 + i, picture);
                              sequence.finish();
                          }) /
                          frames);
        alone.push_back(milliseconds([&] { write_exr(folder / "b.exr", picture, {}); }));
    }
    std::filesystem::remove_all(folder);
    const double best_codec = *std::min_element(codec.begin(), codec.end());
    const double best_written = *std::min_element(written.begin(), written.end());
    fmt::print(
        "{{\"bench\":\"exr_piz_1080p\",\"folder\":\"{}\",\"bytes\":{},\"codec_ms\":{:.2f},"
        "\"single_frame_ms\":{:.2f},\"sequence_ms\":{:.2f},\"codec_median_ms\":{:.2f},"
        "\"sequence_median_ms\":{:.2f},\"ratio\":{:.3f},\"ratio_min\":0.85}}\n",
        parent.string(),
        stream.size(),
        best_codec,
        *std::min_element(alone.begin(), alone.end()),
        best_written,
        median(codec),
        median(written),
        best_codec / best_written);
}

}  // namespace
}  // namespace nightreel

int main(int count, char** arguments) {
    if (count == 1) nightreel::measure(std::filesystem::temp_directory_path());
    for (int i = 1; i < count; ++i) nightreel::measure(arguments[i]);
    return 0;
}
