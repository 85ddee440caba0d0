#include "cli/models/model_check.h"

#include <algorithm>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/machine/render_answer.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

std::vector<CheckedFile> check_digests(const ModelCard& card) {
    std::vector<CheckedFile> files;
    for (const ModelFile& file : card.files) {
        const Digest found = digest_of_file(fs::path(card.folder) / file.path);
        files.push_back({file.path,
                         found == file.digest
                             ? std::string()
                             : fmt::format("has the digest {}, but its card says {}; install the "
                                           "model again",
                                           found.short_hex(),
                                           file.digest.short_hex())});
    }
    return files;
}

std::uint64_t bytes_of(const ModelCard& card) {
    std::uint64_t bytes = 0;
    for (const ModelFile& file : card.files) {
        std::error_code none;
        const std::uintmax_t size = fs::file_size(fs::path(card.folder) / file.path, none);
        if (!none) bytes += size;
    }
    return bytes;
}

// Adds what the engine finds when it opens the networks: tensors that do not fit their
// configuration, parts that do not fit each other. Returns why it was not asked, or nothing.
std::string add_engine_faults(const Surroundings& surroundings, InspectedModel& model) {
    const RenderAnswer answer = ask_render_program(surroundings, {"check", model.path.string()});
    if (answer.exit_code != 0 && answer.exit_code != exit_code_of(ErrorKind::bad_input)) {
        return answer.text.empty() ? "the render program does not run" : answer.text;
    }
    std::istringstream lines(answer.text);
    for (std::string line; std::getline(lines, line);) {
        const auto said = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
        if (!said.is_object()) return answer.text;
        const std::string name = said.value("part", std::string());
        const std::string fault = said.value("fault", std::string());
        if (fault.empty()) continue;
        const auto part = std::ranges::find(model.parts, name, &InspectedPart::name);
        InspectedPart& blamed = part == model.parts.end() ? model.parts.emplace_back() : *part;
        blamed.name = name;
        blamed.fault = fault;
    }
    return {};
}

}  // namespace

bool ModelCheck::files_are_same() const {
    return std::ranges::all_of(files, [](const CheckedFile& file) { return file.fault.empty(); });
}

ModelCheck check_model_folder(const Surroundings& surroundings,
                              const fs::path& folder,
                              const std::optional<ModelCard>& card,
                              std::uint64_t bytes_max) {
    ModelCheck check{.model = inspect_model(folder)};
    check.engine_not_asked = check.model.is_whole() ? add_engine_faults(surroundings, check.model)
                                                    : "a part is missing or broken";
    if (!card) return check;
    const std::uint64_t bytes = bytes_of(*card);
    if (bytes > bytes_max) {
        check.bytes_skipped = bytes;
    } else {
        check.files = check_digests(*card);
    }
    return check;
}

}  // namespace nightreel::cli
