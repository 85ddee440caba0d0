#include "pipeline/job/submission.h"

#include <array>

#include <fmt/format.h>

#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const fs::path& job_directory, std::int32_t number) {
    return job_directory / "submissions" / fmt::format("{}", number) / "submission.json";
}

}  // namespace

std::string make_uuid() {
    const std::uint64_t high = (random_number() & ~std::uint64_t{0xf000}) | 0x4000U;
    const std::uint64_t low =
        (random_number() & ~(std::uint64_t{3} << 62U)) | (std::uint64_t{2} << 62U);
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                       high >> 32U,
                       (high >> 16U) & 0xffffU,
                       high & 0xffffU,
                       low >> 48U,
                       low & 0xffff'ffff'ffffU);
}

void write_submission(const fs::path& job_directory,
                      std::int32_t number,
                      const Submission& submission) {
    const fs::path file = file_of(job_directory, number);
    fs::create_directories(file.parent_path());
    write_file_atomically(file, to_json_value(submission).dump(1) + "\n");
}

std::vector<Submission> read_submissions(const fs::path& job_directory) {
    std::vector<Submission> submissions;
    while (true) {
        const fs::path file =
            file_of(job_directory, static_cast<std::int32_t>(submissions.size()) + 1);
        if (!fs::exists(file)) return submissions;
        try {
            submissions.push_back(
                from_json_value<Submission>(parse_json(read_file(file), "submission"), ""));
        } catch (const Error& error) {
            throw Error(ErrorKind::bad_input, fmt::format("{}: {}", file.string(), error.what()));
        }
    }
}

std::string files_folder_of(std::int32_t number) {
    return number == 1 ? "." : fmt::format("submissions/{}", number);
}

}  // namespace nightreel
