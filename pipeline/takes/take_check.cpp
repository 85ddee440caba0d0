#include "pipeline/takes/take_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "pipeline/takes/publish.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

struct ExpectedFile {
    std::optional<std::uint64_t> bytes;  // SHA256SUMS does not say
    Digest sha256;
};

using ExpectedFiles = std::map<std::string, ExpectedFile>;

[[noreturn]] void fail_to_examine(const fs::path& path, const std::error_code& why) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: cannot be examined: {}", path.string(), why.message()));
}

bool is_file(const fs::path& path) {
    std::error_code why;
    const fs::file_status status = fs::status(path, why);
    if (status.type() == fs::file_type::none) fail_to_examine(path, why);
    return fs::is_regular_file(status);
}

// Of a file as sha256sum writes it; lines that it would not write are left out.
ExpectedFiles listed_in(const fs::path& checksums) {
    constexpr std::size_t digits = 64;
    constexpr std::size_t name_begin = digits + 2;
    ExpectedFiles files;
    std::istringstream lines(read_file(checksums));
    for (std::string line; std::getline(lines, line);) {
        if (line.size() <= name_begin) continue;
        try {
            files[line.substr(name_begin)] = {{}, Digest::from_hex(line.substr(0, digits))};
        } catch (const Error&) {
            continue;
        }
    }
    return files;
}

ExpectedFiles listed_in(const PublishRecord& record) {
    ExpectedFiles files;
    for (const PublishedFile& file : record.files) files[file.name] = {file.bytes, file.sha256};
    return files;
}

Digest take_digest_of(const ExpectedFiles& files) {
    Hasher hasher;
    for (const auto& [name, file] : files) {
        if (name.starts_with(reports_folder)) continue;
        hasher.field(name).field(file.sha256.hex());
    }
    return hasher.finish();
}

bool is_as_expected(const fs::path& path, const ExpectedFile& file, const Pulse& pulse) {
    std::error_code why;
    const std::uint64_t bytes = fs::file_size(path, why);
    if (why) fail_to_examine(path, why);
    return (!file.bytes || *file.bytes == bytes) && digest_of_file(path, pulse) == file.sha256;
}

// What publish.json says; its own state goes into `check`.
ExpectedFiles read_expectations(TakeCheck& check) {
    const fs::path record = check.folder / publish_file;
    const fs::path checksums = check.folder / checksums_file;
    const bool has_checksums = is_file(checksums);
    if (!has_checksums) check.missing.emplace_back(checksums_file);
    if (!is_file(record)) {
        check.missing.emplace_back(publish_file);
        return has_checksums ? listed_in(checksums) : ExpectedFiles();
    }
    try {
        check.record = read_publish_record(check.folder);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::unavailable) throw;
        check.fault = error.what();
        check.changed.emplace_back(publish_file);
        return has_checksums ? listed_in(checksums) : ExpectedFiles();
    }
    ExpectedFiles files = listed_in(*check.record);
    if (take_digest_of(files) != check.record->take_digest) {
        check.changed.emplace_back(publish_file);
    }
    if (has_checksums && digest_of_file(checksums) != check.record->checksums) {
        check.changed.emplace_back(checksums_file);
    }
    return files;
}

// Everything in the folder but folders, by relative name.
std::vector<std::string> names_below(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code why;
    if (!fs::is_directory(folder, why)) return names;
    fs::recursive_directory_iterator it(folder, why);
    for (const fs::recursive_directory_iterator end; !why && it != end; it.increment(why)) {
        if (it->is_directory(why) && !it->is_symlink(why)) continue;
        names.push_back(it->path().lexically_relative(folder).generic_string());
    }
    if (why) fail_to_examine(folder, why);
    return names;
}

}  // namespace

TakeCheck check_take(const fs::path& folder, const Pulse& pulse) {
    TakeCheck check{.folder = folder};
    const ExpectedFiles files = read_expectations(check);
    for (const auto& [name, file] : files) {
        check.expected.push_back(name);
        if (!is_file(folder / name)) {
            check.missing.push_back(name);
        } else if (!is_as_expected(folder / name, file, pulse)) {
            check.changed.push_back(name);
        }
    }
    for (const std::string& name : names_below(folder)) {
        if (name == publish_file || name == checksums_file || files.contains(name)) continue;
        check.added.push_back(name);
    }
    for (auto* names : {&check.missing, &check.changed, &check.added}) {
        std::sort(names->begin(), names->end());
    }
    return check;
}

std::string damage_text(const TakeCheck& check) {
    const auto counted = [](std::size_t count, const char* what) {
        return fmt::format("{} file{} {}", count, count == 1 ? "" : "s", what);
    };
    if (check.missing.empty() && check.changed.empty()) return {};
    if (check.missing.empty()) return counted(check.changed.size(), "changed");
    const std::string missing = counted(check.missing.size(), "missing");
    if (check.changed.empty()) return missing;
    return fmt::format("{}, {} changed", missing, check.changed.size());
}

std::vector<fs::path> takes_below(const fs::path& root) {
    const auto is_take = [](const fs::path& folder) {
        std::error_code ignored;
        return fs::exists(folder / publish_file, ignored) ||
               fs::exists(folder / checksums_file, ignored);
    };
    if (is_take(root)) return {root};
    std::vector<fs::path> takes;
    std::error_code why;
    fs::recursive_directory_iterator it(root, why);
    for (const fs::recursive_directory_iterator end; !why && it != end; it.increment(why)) {
        if (!it->is_directory(why)) continue;
        const std::string name = it->path().filename().string();
        const bool aside = name.starts_with('.') || name.starts_with(damaged_prefix);
        const bool take = !aside && is_take(it->path());
        if (take) takes.push_back(it->path());
        if (take || aside) it.disable_recursion_pending();
    }
    if (why) fail_to_examine(root, why);
    std::sort(takes.begin(), takes.end());
    return takes;
}

}  // namespace nightreel
