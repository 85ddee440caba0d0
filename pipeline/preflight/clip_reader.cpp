#include "pipeline/preflight/clip_reader.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/file_digests.h"
#include "pipeline/picture/frame_name.h"
#include "pipeline/picture/movie_reader.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/night/given_file.h"
#include "shotspec/night/picture_file.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* record_name = "publish.json";
constexpr std::uintmax_t movie_bytes_max = std::uintmax_t{256} << 30;

// What of a publish.json is needed of a take.
struct PublishedTake {
    PictureSize size;
    FrameRate rate;
    FrameRange frames;
};

template <class Visitor>
void describe(PublishedTake& value, Visitor& field) {
    field("size", value.size, {.meaning = "Picture size.", .required = true});
    field("rate", value.rate, {.meaning = "Frame rate.", .required = true});
    field("frames", value.frames, {.meaning = "Frame range.", .required = true});
}

struct PublishedName {
    std::string name;
    Digest sha256;
};

template <class Visitor>
void describe(PublishedName& value, Visitor& field) {
    field("name", value.name, {.meaning = "File.", .required = true});
    field("sha256", value.sha256, {.meaning = "SHA-256.", .required = true});
}

struct PublishedClip {
    PublishedTake take;
    std::string frame_pattern;
    std::vector<PublishedName> files;
};

template <class Visitor>
void describe(PublishedClip& value, Visitor& field) {
    field("take", value.take, {.meaning = "The take.", .required = true});
    field("frame_pattern", value.frame_pattern, {.meaning = "Pattern.", .required = true});
    field("files", value.files, {.meaning = "Files.", .required = true});
}

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::bad_input, why);
}

std::string range_text(const FrameRange& range) {
    return TextForm<FrameRange>::write(range);
}

FrameRange range_in(const FrameRange& all, const std::optional<FrameRange>& asked) {
    const FrameRange range = asked.value_or(all);
    if (range.first < all.first || range.last > all.last) {
        refuse(fmt::format("has frames {}, not {}", range_text(all), range_text(range)));
    }
    if (range.count() > clip_frames_max) {
        refuse(fmt::format("{} frames are too many for one clip, at most {}; write range:",
                           range.count(),
                           clip_frames_max));
    }
    return range;
}

// "sh010.####.exr" as "sh010.%04d.exr"; a name without frame numbers stays.
std::string with_percent(const std::string& name) {
    const std::size_t first = name.find('#');
    if (first == std::string::npos) return name;
    const std::size_t end = name.find_first_not_of('#', first);
    const std::size_t digits = (end == std::string::npos ? name.size() : end) - first;
    return fmt::format("{}%0{}d{}", name.substr(0, first), digits, name.substr(first + digits));
}

void refuse_unfit(const fs::path& file, const GivenFileLimit& limit) {
    const std::string problem = given_file_problem(file, limit);
    if (!problem.empty()) refuse(problem);
}

class Reader {
  public:
    Reader(const fs::path& memory, const Clock& clock) : memory_(memory), digests_(memory, clock) {}

    ClipFacts look(const fs::path& path, const std::optional<FrameRange>& range) {
        try {
            std::error_code ignored;
            if (fs::is_directory(path, ignored)) return take(path, range);
            if (path.filename() == record_name) return take(path.parent_path(), range);
            const std::string pattern = with_percent(path.filename().string());
            if (pattern.find('%') != std::string::npos) return frames(path, pattern, range);
            return movie(path, range);
        } catch (const Error& failure) {
            const std::string_view what = failure.what();
            const std::string label = path.string() + ": ";
            return {.problem =
                        std::string(what.starts_with(label) ? what.substr(label.size()) : what)};
        }
    }

    std::vector<Digest> digests_of(const std::vector<fs::path>& files) {
        std::error_code ignored;
        if (!memory_.empty()) fs::create_directories(memory_.parent_path(), ignored);
        return digests_.of_all(files);
    }

  private:
    static ClipFacts take(const fs::path& folder, const std::optional<FrameRange>& range) {
        const fs::path file = folder / record_name;
        std::error_code ignored;
        if (!fs::exists(file, ignored)) {
            refuse(
                "is a folder without publish.json; name a take's folder (v001/take01), a movie, "
                "or EXR files with %04d for the frame number");
        }
        const auto record =
            from_json_value<PublishedClip>(parse_json(read_file(file), record_name), record_name);
        ClipFacts facts{.kind = ClipKind::take,
                        .frames = record.take.frames,
                        .size = record.take.size,
                        .rate = record.take.rate};
        std::map<std::string, Digest> known;
        for (const PublishedName& one : record.files) known[one.name] = one.sha256;
        const FrameRange used = range_in(facts.frames, range);
        for (std::int64_t number = used.first; number <= used.last; ++number) {
            const std::string name = frame_file_name(record.frame_pattern, number);
            const auto digest = known.find(name);
            if (digest == known.end()) refuse(fmt::format("publish.json does not list {}", name));
            if (!fs::exists(folder / name, ignored)) {
                refuse(fmt::format("{} is missing; run nightreel verify on the take", name));
            }
            facts.files.push_back({(folder / name).string(), digest->second});
        }
        return facts;
    }

    ClipFacts frames(const fs::path& path,
                     const std::string& pattern,
                     const std::optional<FrameRange>& range) {
        if (!pattern.ends_with(".exr")) refuse("only EXR files are read as frames, or a movie");
        const fs::path folder = path.parent_path();
        std::map<std::int64_t, fs::path> found;
        std::error_code error;
        for (fs::directory_iterator at(folder, error), end; !error && at != end;
             at.increment(error)) {
            const auto number = frame_number_in(pattern, at->path().filename().string());
            if (number) found[*number] = at->path();
        }
        if (found.empty()) refuse("there is no such file");
        const FrameRange all{found.begin()->first, found.rbegin()->first};
        const FrameRange used = range_in(all, range);
        ClipFacts facts{.kind = ClipKind::frames, .frames = all};
        std::vector<fs::path> files;
        for (std::int64_t number = used.first; number <= used.last; ++number) {
            const auto file = found.find(number);
            if (file == found.end()) {
                refuse(fmt::format(
                    "frame {} is missing ({})", number, frame_file_name(pattern, number)));
            }
            in_context(file->second.filename().string(), [&] {
                refuse_unfit(file->second, {"a frame", picture_bytes_max});
            });
            files.push_back(file->second);
        }
        facts.size = size_of(files.front());
        const PictureSize last = size_of(files.back());
        if (last != facts.size) {
            refuse(fmt::format("frame {} has {} pixels, but frame {} has {}",
                               used.first,
                               TextForm<PictureSize>::write(facts.size),
                               used.last,
                               TextForm<PictureSize>::write(last)));
        }
        const std::vector<Digest> digests = digests_of(files);
        for (std::size_t i = 0; i < files.size(); ++i) {
            facts.files.push_back({files[i].string(), digests[i]});
        }
        return facts;
    }

    static PictureSize size_of(const fs::path& file) {
        return in_context(file.filename().string(), [&] {
            const PictureHeader header = read_picture_header(read_file(file));
            if (header.kind != PictureKind::exr) refuse("is not an EXR file");
            return PictureSize{header.width, header.height};
        });
    }

    ClipFacts movie(const fs::path& path, const std::optional<FrameRange>& range) {
        refuse_unfit(path, {"a movie", movie_bytes_max});
        const MovieFacts movie = MovieReader(path).facts();
        ClipFacts facts{.kind = ClipKind::movie,
                        .frames = {1, movie.frames},
                        .size = movie.size,
                        .rate = movie.rate};
        range_in(facts.frames, range);
        facts.files.push_back({path.string(), digests_of({path}).front()});
        return facts;
    }

    fs::path memory_;
    FileDigests digests_;
};

}  // namespace

GivenFileReaders given_file_readers(const fs::path& memory, const Clock& clock) {
    const auto reader = std::make_shared<Reader>(memory, clock);
    return {[reader](const fs::path& path, const std::optional<FrameRange>& range) {
                return reader->look(path, range);
            },
            [reader](const fs::path& file) { return reader->digests_of({file}).front(); }};
}

}  // namespace nightreel
