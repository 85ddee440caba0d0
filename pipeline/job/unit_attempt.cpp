#include "pipeline/job/unit_attempt.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* attempts_folder = "attempts";
constexpr auto endings = std::to_array<const char*>({".json", ".json.partial", ".log"});

// "20261201T000512.123Z", in the order of time
std::string stamp_of(std::int64_t wall) {
    std::string text = utc_text(Millis(wall));
    std::erase_if(text, [](char character) { return character == '-' || character == ':'; });
    return text;
}

std::optional<UnitAttempt> attempt_at(const fs::path& file) {
    try {
        return from_json_value<UnitAttempt>(parse_json(read_file(file), "attempt"), "");
    } catch (const Error&) {
        return std::nullopt;
    }
}

// What is there of each attempt of a unit, without endings; their order is that of their begins.
std::set<std::string> attempt_names_in(const fs::path& folder) {
    std::set<std::string> names;
    std::error_code error;
    for (const fs::directory_entry& file : fs::directory_iterator(folder, error)) {
        const std::string name = file.path().filename().string();
        for (const char* ending : endings) {
            if (!name.ends_with(ending)) continue;
            names.insert(name.substr(0, name.size() - std::string_view(ending).size()));
        }
    }
    return names;
}

}  // namespace

std::string attempt_name_of(const UnitAttempt& attempt) {
    return fmt::format("{}/{}/{}-{}-{}",
                       attempts_folder,
                       attempt.unit,
                       stamp_of(attempt.began_at),
                       attempt.host,
                       attempt.process);
}

void write_attempt(const fs::path& job_directory, const UnitAttempt& attempt) {
    const fs::path file = job_directory / (attempt_name_of(attempt) + ".json");
    const fs::path partial = file.string() + ".partial";
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    std::ofstream stream(partial, std::ios::binary);
    stream << to_json_value(attempt).dump(1) << '\n';
    stream.close();
    if (!stream) throw file_error(partial, "cannot be written", last_file_error());
    fs::rename(partial, file, error);
    if (error) throw file_error(file, "cannot be written", error);
}

void remove_old_attempts(const fs::path& job_directory, const std::string& unit, Millis wall) {
    const fs::path folder = job_directory / attempts_folder / unit;
    const std::set<std::string> names = attempt_names_in(folder);
    std::size_t others = names.size() - std::min(names.size(), attempts_kept);
    for (auto name = names.begin(); others > 0; ++name, --others) {
        const auto attempt = attempt_at(folder / (*name + ".json"));
        const bool may_run =
            attempt && !attempt->ended_at && wall - Millis(attempt->told_at) < attempt_silence_max;
        if (may_run) continue;
        std::error_code ignored;
        for (const char* ending : endings) fs::remove(folder / (*name + ending), ignored);
    }
}

std::map<std::string, std::vector<UnitAttempt>> read_attempts(const fs::path& job_directory) {
    std::map<std::string, std::vector<UnitAttempt>> attempts;
    std::error_code error;
    for (const fs::directory_entry& unit :
         fs::directory_iterator(job_directory / attempts_folder, error)) {
        std::vector<UnitAttempt> of_unit;
        for (const fs::directory_entry& file : fs::directory_iterator(unit.path(), error)) {
            if (file.path().extension() != ".json") continue;
            if (auto attempt = attempt_at(file.path())) of_unit.push_back(std::move(*attempt));
        }
        std::ranges::stable_sort(of_unit, {}, &UnitAttempt::began_at);
        if (!of_unit.empty()) attempts[unit.path().filename().string()] = std::move(of_unit);
    }
    return attempts;
}

}  // namespace nightreel
