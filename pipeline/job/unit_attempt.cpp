#include "pipeline/job/unit_attempt.h"

#include <algorithm>
#include <fstream>
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
