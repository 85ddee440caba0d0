#include "pipeline/delivery/check_delivery.h"

#include <algorithm>
#include <cmath>
#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/frame_name.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

template <class T>
std::string text_of_value(const T& value) {
    if constexpr (DescribedEnum<T>) {
        return std::string(word_of(value));
    } else {
        return TextForm<T>::write(value);
    }
}

template <class T>
std::string words_of(const std::vector<T>& values) {
    std::vector<std::string> words;
    for (const T& value : values) words.push_back(text_of_value(value));
    return fmt::format("{}", fmt::join(words, ", "));
}

ExrColour colour_of(WorkingSpace space) {
    switch (space) {
        case WorkingSpace::acescg:
            return ExrColour::acescg;
        case WorkingSpace::aces2065_1:
            return ExrColour::aces2065_1;
        case WorkingSpace::rec709:
            break;
    }
    return ExrColour::lin_rec709;
}

class DeliveryCheck {
  public:
    DeliveryCheck(const fs::path& folder,
                  const PublishRecord& record,
                  const DeliveryProfile& profile)
        : folder_(folder), record_(record), profile_(profile), wanted_(profile.frames) {}

    std::vector<Breach> run(const Pulse& pulse) {
        check_take_facts();
        check_names();
        const std::int64_t count = record_.take.frames.count();
        for (std::int64_t index = 0; index < count; ++index) {
            check_frame(record_.take.frames.first + index);
            beat(pulse, static_cast<double>(index + 1) / static_cast<double>(count));
        }
        check_movies();
        return std::move(breaches_);
    }

  private:
    void add(const std::string& file, std::string text) {
        for (Breach& breach : breaches_) {
            if (breach.text != text) continue;
            ++breach.files;
            return;
        }
        breaches_.push_back({file, std::move(text)});
    }

    // Value of a file that is not in the list, where there is one.
    template <class T>
    void expect_one_of(const std::string& file,
                       const char* what,
                       const std::optional<T>& value,
                       const std::optional<std::vector<T>>& accepted) {
        if (!accepted) return;
        if (value && std::ranges::find(*accepted, *value) != accepted->end()) return;
        add(file,
            fmt::format("{} is {}, expected {}",
                        what,
                        value ? text_of_value(*value) : "another or unknown",
                        words_of(*accepted)));
    }

    void check_take_facts() {
        const TakeFacts& take = record_.take;
        expect_one_of("publish.json", "fps", std::optional(take.rate), wanted_.fps);
        expect_one_of("publish.json", "size", std::optional(take.size), wanted_.size);
        if (wanted_.first_frame && take.frames.first != *wanted_.first_frame) {
            add("publish.json",
                fmt::format(
                    "the first frame is {}, expected {}", take.frames.first, *wanted_.first_frame));
        }
        if (wanted_.handles && take.handles < *wanted_.handles) {
            add("publish.json",
                fmt::format(
                    "handles of {} frames, expected at least {}", take.handles, *wanted_.handles));
        }
        if (profile_.flagged == false && record_.flags && !record_.flags->empty()) {
            add("publish.json", fmt::format("flagged: {}", short_text_of(*record_.flags)));
        }
    }

    void check_names() {
        const std::string name = fs::path(record_.frame_pattern).filename().string();
        const std::string base = name.substr(0, name.find(".%"));
        if (profile_.name && !std::regex_match(base, std::regex(*profile_.name))) {
            add("publish.json",
                fmt::format("frames are called {}, expected {}", name, *profile_.name));
        }
        const int digits = frame_digits(record_.take.frames);
        if (wanted_.digits && digits != *wanted_.digits) {
            add("publish.json",
                fmt::format("frame numbers have {} digits, expected {}", digits, *wanted_.digits));
        }
    }

    void check_frame(std::int64_t number) {
        const std::string file = frame_file_name(record_.frame_pattern, number);
        std::error_code ignored;
        if (!fs::exists(folder_ / file, ignored)) return add(file, "frame is missing");
        ExrPicture picture;
        try {
            picture = read_exr(folder_ / file);
        } catch (const Error& error) {
            return add(file, fmt::format("cannot be decoded: {}", error.what()));
        }
        if (!std::ranges::all_of(picture.scene.rgb, [](float v) { return std::isfinite(v); })) {
            add(file, "has NaN or infinite values");
        }
        check_header(file, picture);
        check_time(file, number, picture);
    }

    void check_header(const std::string& file, const ExrPicture& picture) {
        if (!picture.is_half) add(file, "R, G and B are not half-float");
        const PictureSize size{picture.scene.width, picture.scene.height};
        if (size != record_.take.size) {
            add(file,
                fmt::format("has {}x{} pixels, publish.json says {}x{}",
                            size.width,
                            size.height,
                            record_.take.size.width,
                            record_.take.size.height));
        }
        expect_one_of(file, "compression", picture.compression, wanted_.compression);
        std::optional<ExrColour> colour;
        if (const auto space = working_space_of(picture)) colour = colour_of(*space);
        expect_one_of(file, "colour", colour, wanted_.colour);
        const auto has = [&](const std::string& name) {
            return std::ranges::binary_search(picture.attributes, name) &&
                   (name != "owner" || !picture.owner.empty());
        };
        for (const std::string& name : wanted_.attributes.value_or(std::vector<std::string>())) {
            if (!has(name)) add(file, fmt::format("attribute {} is missing", name));
        }
        for (const std::string& name : wanted_.no_attributes.value_or(std::vector<std::string>())) {
            if (has(name)) add(file, fmt::format("attribute {} must not be there", name));
        }
    }

    void check_time(const std::string& file, std::int64_t number, const ExrPicture& picture) {
        if (picture.rate && *picture.rate != record_.take.rate) {
            add(file,
                fmt::format("framesPerSecond is {}, publish.json says {}",
                            TextForm<FrameRate>::write(*picture.rate),
                            TextForm<FrameRate>::write(record_.take.rate)));
        }
        if (picture.timecode && *picture.timecode != timecode_of(number, record_.take.rate)) {
            add(file, "timeCode is not that of the frame number");
        }
    }

    void check_movies() {
        for (const MovieFormat format : profile_.movies.value_or(std::vector<MovieFormat>())) {
            const std::string end = fmt::format("_{}.{}", word_of(format), movie_extension(format));
            const bool is_there = std::ranges::any_of(record_.files, [&](const PublishedFile& one) {
                return one.name.starts_with("mov/") && one.name.ends_with(end);
            });
            if (is_there) continue;
            add("publish.json",
                fmt::format("movie {} is missing: write movies: [..., {}]",
                            word_of(format),
                            word_of(format)));
        }
    }

    const fs::path& folder_;
    const PublishRecord& record_;
    const DeliveryProfile& profile_;
    const DeliveryFrames& wanted_;
    std::vector<Breach> breaches_;
};

}  // namespace

std::vector<Breach> check_delivery(const fs::path& folder,
                                   const PublishRecord& record,
                                   const DeliveryProfile& profile,
                                   const Pulse& pulse) {
    return DeliveryCheck(folder, record, profile).run(pulse);
}

}  // namespace nightreel
