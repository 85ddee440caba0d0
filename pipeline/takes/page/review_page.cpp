#include "pipeline/takes/page/review_page.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

#include "pipeline/takes/link_file.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* page_folder = "review";
constexpr const char* page_file = "index.html";
constexpr std::int32_t previous_versions_max = 3;
constexpr std::uintmax_t reference_bytes_max = 32 << 20;

// What lies there; null when it cannot be read.
Json json_in(const fs::path& file) {
    try {
        Json json = Json::parse(read_file(file), nullptr, false);
        return json.is_discarded() ? Json() : json;
    } catch (const Error&) {
        return {};
    }
}

// A member of a member, null where one is not there.
Json at(const Json& json, std::initializer_list<const char*> names) {
    Json found = json;
    for (const char* name : names) {
        if (!found.is_object() || !found.contains(name)) return {};
        found = Json(found[name]);
    }
    return found;
}

Json without_nulls(const Json& json) {
    Json kept = Json::object();
    if (!json.is_object()) return kept;
    for (const auto& [name, value] : json.items()) {
        if (!value.is_null()) kept[name] = value;
    }
    return kept;
}

Json settings_of(const Json& record) {
    Json settings = without_nulls(at(record, {"sampling"}));
    settings["engine"] = at(record, {"engine"});
    settings["recipe"] = at(record, {"recipe", "name"});
    Json loras = Json::array();
    for (const Json& lora : at(record, {"loras"})) {
        const Json path = at(lora, {"path"});
        if (path.is_string())
            loras.push_back(fs::path(path.get<std::string>()).filename().string());
    }
    if (!loras.empty()) settings["loras"] = loras;
    return without_nulls(settings);
}

double seconds_of(const Json& record) {
    double seconds = 0;
    for (const Json& task : at(record, {"tasks"})) seconds += task.value("seconds", 0.0);
    return seconds;
}

// How far the worst flag is beyond its limit; below 1 nothing is flagged.
double doubt_of(const DailiesTake& take) {
    if (take.flags.empty()) return take.flag.empty() ? 0 : 1;
    return take.flags.front().value / std::max(take.flags.front().limit, 1e-9);
}

std::string media_ending_with(const DailiesTake& take, std::string_view end) {
    const auto found = std::ranges::find_if(
        take.media, [&](const std::string& name) { return name.ends_with(end); });
    return found == take.media.end() ? std::string() : *found;
}

// Of several movies the one that browsers play.
std::string movie_of(const DailiesTake& take) {
    const std::string played = media_ending_with(take, "_h264.mp4");
    return played.empty() ? media_ending_with(take, ".mp4") : played;
}

// "aurora_sq010_sh0010_v001_t01"
std::string detail_name(const std::string& show, const DailiesTake& take) {
    return fmt::format("{}_{}_v{:03}_t{:02}", show, take.shot, take.version, take.take);
}

// A take of an earlier version of the shot, for what changed and to look at beside it.
Json previous_take(const fs::path& folder, const fs::path& take_folder, std::int32_t version) {
    const Json record = json_in(take_folder / "publish.json");
    if (!record.is_object()) return {};
    std::string movie;
    for (const Json& file : at(record, {"files"})) {
        const std::string name = file.value("name", std::string());
        if (name.starts_with("mov/") && name.ends_with("_h264.mp4")) movie = name;
    }
    if (movie.empty()) return {};
    const Json frames = at(record, {"take", "frames"});
    return {{"version", version},
            {"take", at(record, {"take", "take"})},
            {"digest", at(record, {"take_digest"})},
            {"prompt", at(record, {"take", "prompt"})},
            {"settings", settings_of(record)},
            {"first", at(frames, {"first"})},
            {"frames", frames.value("last", 0) - frames.value("first", 0) + 1},
            {"movie", (take_folder / movie).lexically_relative(folder).generic_string()}};
}

// Beside the take as the usual folders are: SHOT/v002/take01.
Json previous_versions(const fs::path& folder, const DailiesTake& take) {
    Json previous = Json::array();
    const fs::path own = (folder / take.folder).lexically_normal();
    const fs::path versions = own.parent_path().parent_path();
    if (own.parent_path().filename() != fmt::format("v{:03}", take.version)) return previous;
    for (std::int32_t version = take.version - 1; version > 0; --version) {
        if (std::ssize(previous) >= previous_versions_max) break;
        const fs::path beside = versions / fmt::format("v{:03}", version);
        Json found = previous_take(folder, beside / own.filename(), version);
        if (found.is_null()) found = previous_take(folder, beside / "take01", version);
        if (!found.is_null()) previous.push_back(std::move(found));
    }
    return previous;
}

Json names_of_characters(const Json& record) {
    std::set<std::string> names;
    for (const Json& one : at(record, {"references"})) {
        names.insert(one.value("character", std::string()));
    }
    return names;
}

// What the list of takes shows, and what is needed of a take before it is opened.
Json listed(const fs::path& folder,
            const std::string& show,
            const DailiesTake& take,
            const Json& record) {
    const Json frames = at(record, {"take", "frames"});
    const std::int64_t first = frames.is_object() ? frames.value("first", 1) : 1;
    Json cut = at(record, {"cut"});
    if (cut.is_null()) cut = {{"first", first}, {"last", first + take.frames - 1}};
    Json all = {{"show", show},
                {"shot", take.shot},
                {"version", take.version},
                {"take", take.take},
                {"digest", at(record, {"take_digest"})},
                {"detail", detail_name(show, take)},
                {"frames", take.frames},
                {"first", first},
                {"cut", cut},
                {"rate", to_json_value(take.rate)},
                {"fps", TextForm<FrameRate>::write(take.rate)},
                {"size", at(record, {"take", "size"})},
                {"lead", frames_before_take},
                {"noise_seed", at(record, {"take", "noise_seed"})},
                {"prompt", take.prompt},
                {"model", at(record, {"model", "name"})},
                {"movie", movie_of(take)},
                {"sheet", media_ending_with(take, ".png")},
                {"folder", take.folder},
                {"flag", take.flag},
                {"flags", to_json_value(take.flags)},
                {"doubt", doubt_of(take)},
                {"joints", at(record, {"joints"})},
                {"characters", names_of_characters(record)},
                {"values",
                 {{"seam", take.seam_ratio_max},
                  {"seam_median", take.seam_ratio_median},
                  {"drift", take.drift},
                  {"flicker", at(record, {"metrics", "flicker"})},
                  {"motion", at(record, {"metrics", "motion_median"})},
                  {"seconds", seconds_of(record)}}}};
    if (take.place) all["place"] = *take.place;
    if (take.kept) all["kept"] = *take.kept;
    if (take.points) all["points"] = *take.points;
    if (take.why) all["why"] = *take.why;
    Json previous = previous_versions(folder, take);
    if (!previous.empty()) all["previous"] = std::move(previous);
    return all;
}

// Names end as browsers know them; what cannot be shown or read is left out.
std::optional<std::string> placed_reference(const fs::path& folder, const Json& reference) {
    const fs::path source = reference.value("path", std::string());
    const std::string digest = reference.value("digest", std::string());
    const std::string extension = source.extension().string();
    constexpr std::array known{".png", ".jpg", ".jpeg"};
    std::error_code fault;
    const bool is_shown = std::ranges::find(known, extension) != known.end() && !digest.empty() &&
                          fs::is_regular_file(source, fault) &&
                          fs::file_size(source, fault) <= reference_bytes_max;
    if (!is_shown) return {};
    const std::string name = fmt::format("references/{}{}", digest.substr(0, 16), extension);
    if (fs::exists(folder / page_folder / name, fault)) return name;
    try {
        write_file_atomically(folder / page_folder / name, read_file(source));
    } catch (const Error&) {
        return {};
    }
    return name;
}

Json references_of(const fs::path& folder, const Json& record) {
    Json shown = Json::array();
    for (const Json& reference : at(record, {"references"})) {
        Json one = {{"character", reference.value("character", std::string())},
                    {"name", fs::path(reference.value("path", std::string())).filename().string()}};
        if (const auto placed = placed_reference(folder, reference)) {
            one["picture"] = fmt::format("{}/{}", page_folder, *placed);
        }
        shown.push_back(std::move(one));
    }
    return shown;
}

Json characters_of(const Json& record) {
    Json shown = Json::array();
    for (const Json& one : at(record, {"metrics", "characters"})) {
        const Json why = at(one, {"not_measured"});
        const auto figure = [&](const char* name) {
            const Json value = at(one, {name});
            return value.is_number() ? value.get<double>() : 0;
        };
        shown.push_back(
            {{"name", one.value("name", std::string())},
             {"text",
              why.is_string()
                  ? "not measured: " + why.get<std::string>()
                  : fmt::format("seen in {:.0f} % of the frames; colour {:.2f}, shape {:.2f}, "
                                "size {:.2f} of a change that is seen at once",
                                100 * figure("seen"),
                                figure("colour_change"),
                                figure("shape_change"),
                                figure("size_change"))}});
    }
    return shown;
}

// One number a frame and figure.
Json series_in(const fs::path& take_folder, const Json& record) {
    for (const Json& file : at(record, {"files"})) {
        const std::string name = file.value("name", std::string());
        if (!name.starts_with("quality/") || !name.ends_with(".json")) continue;
        Json series = json_in(take_folder / name);
        if (series.is_object()) series.erase("characters");
        return series;
    }
    return {};
}

Json detail_of(const fs::path& folder, const DailiesTake& take, const Json& record) {
    const Json metrics = at(record, {"metrics"});
    Json measured = {{"seam_ratio_median", take.seam_ratio_median},
                     {"seam_ratio_largest", take.seam_ratio_max},
                     {"seam_ratio_elsewhere", at(metrics, {"seam_control_median"})},
                     {"drift", take.drift},
                     {"flicker", at(metrics, {"flicker"})},
                     {"motion", at(metrics, {"motion_median"})}};
    for (const char* name : {"brightness", "contrast", "sharpness"}) {
        measured[fmt::format("{}_drift", name)] = at(metrics, {"drifts", name, "total"});
    }
    return {{"settings", settings_of(record)},
            {"negative_prompt", at(record, {"take", "negative_prompt"})},
            {"references", references_of(folder, record)},
            {"measured", without_nulls(measured)},
            {"characters", characters_of(record)},
            {"series", series_in(folder / take.folder, record)}};
}

void remove_others(const fs::path& folder, const std::set<std::string>& kept) {
    std::error_code fault;
    for (const auto& entry : fs::directory_iterator(folder, fault)) {
        const std::string name = entry.path().filename().string();
        if (kept.contains(name) || !name.ends_with(".js")) continue;
        fs::remove(entry.path(), fault);
    }
}

}  // namespace

std::string script_text(const Json& value) {
    constexpr bool only_ascii = true;
    std::string text;
    for (const char letter : value.dump(-1, ' ', only_ascii, Json::error_handler_t::replace)) {
        // "<" stands in texts alone.
        if (letter == '<') {
            text += "\\u003c";
        } else {
            text += letter;
        }
    }
    return text;
}

void write_review_page(const fs::path& folder, const Dailies& dailies) {
    const fs::path place = folder / page_folder;
    create_folders(place / "takes");
    create_folders(place / "references");
    Json takes = Json::array();
    std::set<std::string> details;
    for (const DailiesTake& take : dailies.takes) {
        const Json record = json_in(folder / take.folder / "publish.json");
        takes.push_back(listed(folder, dailies.show, take, record));
        const std::string name = detail_name(dailies.show, take);
        details.insert(name + ".js");
        write_file_atomically(place / "takes" / (name + ".js"),
                              fmt::format("nightreel.detail({}, {});\n",
                                          script_text(name),
                                          script_text(detail_of(folder, take, record))));
    }
    const Json data = {{"show", dailies.show},
                       {"job", dailies.job},
                       {"submitted_at", dailies.submitted_at},
                       {"submitter", dailies.submitter},
                       {"yield", to_json_value(dailies.yield)},
                       {"failures", to_json_value(dailies.failures)},
                       {"takes", std::move(takes)}};
    for (const PageFile& file : page_files()) {
        if (file.name != page_file) write_file_atomically(place / file.name, file.text);
    }
    write_file_atomically(place / "data.js",
                          "var nightreel = window.nightreel || (window.nightreel = {});\n"
                          "nightreel.data = " +
                              script_text(data) + ";\n");
    remove_others(place / "takes", details);
    for (const PageFile& file : page_files()) {
        if (file.name == page_file) write_file_atomically(folder / file.name, file.text);
    }
}

}  // namespace nightreel
