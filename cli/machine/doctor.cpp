// doctor: whether this machine can render, and what to do where it cannot.
#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zmq.h>

#include "cli/machine/render_answer.h"
#include "cli/models/model_check.h"
#include "cli/verbs.h"
#include "shotspec/base/bytes_text.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/card/read_model_card.h"
#include "worker/device_memory.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr std::uintmax_t disk_free_wanted = std::uintmax_t{2} << 30;
constexpr std::uint64_t memory_wanted = std::uint64_t{3} << 30;

struct Finding {
    bool well = false;
    std::string what;
    std::string remedy;
    std::string warnings = {};  // shown although all is well
};

Finding look_at_memory() {
    const std::uint64_t bytes = device_memory_bytes("cpu");
    return {bytes >= memory_wanted,
            fmt::format("memory: {:.1f} GiB", static_cast<double>(bytes) / (1 << 30)),
            "the bundled model requires 3 GiB; `nightreel models inspect` shows what larger models "
            "require"};
}

Finding look_at_disk() {
    const fs::space_info space = fs::space(fs::current_path());
    return {space.available >= disk_free_wanted,
            fmt::format("disk: {:.1f} GiB free in {}",
                        static_cast<double>(space.available) / (1 << 30),
                        fs::current_path().string()),
            "free some space or render to another disk: EXR frames are large"};
}

Finding look_at_encryption() {
    return {zmq_has("curve") == 1,
            "network: ZeroMQ with CURVE encryption",
            "this libzmq was built without libsodium; install the distribution's libzmq5"};
}

// What the render program says of a device; it is the only one that knows LibTorch.
Finding look_at_device(const Surroundings& surroundings,
                       const std::string& device,
                       const char* remedy) {
    const RenderAnswer answer = ask_render_program(surroundings, {"device", device});
    return {answer.exit_code == 0, fmt::format("device {}: {}", device, answer.text), remedy};
}

// The most that is read for digests; larger models are left to `nightreel models check`.
constexpr std::uint64_t digest_bytes_max = std::uint64_t{2} << 30;

void look_at_roots(const Surroundings& surroundings, std::vector<Finding>& findings) {
    for (const std::string& root : surroundings.model_roots) {
        if (fs::is_directory(root)) continue;
        findings.push_back({false,
                            fmt::format("models folder {}: no such folder", root),
                            "correct NIGHTREEL_MODELS, or create the folder"});
    }
}

// Folders beside the models that no night can name.
void look_at_folders_without_card(const Surroundings& surroundings,
                                  std::vector<Finding>& findings) {
    for (const std::string& root : surroundings.model_roots) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(root, ignored)) {
            const std::string name = entry.path().filename().string();
            const bool is_model = fs::exists(entry.path() / model_card_file, ignored);
            if (!entry.is_directory(ignored) || name.starts_with('.') || is_model) continue;
            findings.push_back(
                {true,
                 fmt::format("folder {} without {}", entry.path().string(), model_card_file),
                 {},
                 "        not usable in a night; create a card with `nightreel models import`\n"});
        }
    }
}

Finding look_at_model(const Surroundings& surroundings, const InstalledModel& model) {
    Complaints complaints;
    const ModelCard card = read_model_card(model, complaints);
    const std::string diagnostics = text_of(complaints.sorted());
    Finding finding{
        !complaints.has_errors(),
        fmt::format(
            "model {}: {} ({}), in {}", model.name, card.family, card.licence, model.path.string()),
        diagnostics,
        complaints.has_errors() ? "" : diagnostics};
    if (!finding.well) return finding;
    // A request boundary: one model that cannot be read does not hide the others.
    try {
        const ModelCheck check =
            check_model_folder(surroundings, model.path, card, digest_bytes_max);
        finding.well = check.is_well();
        std::vector<std::string> faults = check.model.missing;
        for (std::string& missing : faults) missing += ": missing";
        for (const InspectedPart& part : check.model.parts) {
            if (!part.fault.empty()) faults.push_back(part.name + ": " + part.fault);
        }
        for (const CheckedFile& file : check.files) {
            if (!file.fault.empty()) faults.push_back(file.path + ": " + file.fault);
        }
        finding.remedy = fmt::format("{}", fmt::join(faults, "\n        "));
        if (check.bytes_skipped > 0) {
            finding.warnings += fmt::format(
                "        file contents were not compared with the card ({}); use `nightreel models "
                "check {}`\n",
                bytes_text(static_cast<std::int64_t>(check.bytes_skipped)),
                model.name);
        }
    } catch (const Error& error) {
        finding.well = false;
        finding.remedy = error.what();
    }
    return finding;
}

void look_at_models(const Surroundings& surroundings, std::vector<Finding>& findings) {
    look_at_roots(surroundings, findings);
    const std::vector<fs::path> roots(surroundings.model_roots.begin(),
                                      surroundings.model_roots.end());
    const std::vector<InstalledModel> models = find_models(roots);
    if (models.empty()) {
        findings.push_back(
            {false, "models: none found", "set NIGHTREEL_MODELS to a folder of model folders"});
    }
    for (const InstalledModel& model : models) {
        findings.push_back(look_at_model(surroundings, model));
    }
    look_at_folders_without_card(surroundings, findings);
}

int examine(const Surroundings& surroundings) {
    std::vector<Finding> findings{look_at_memory(), look_at_disk(), look_at_encryption()};
    const std::string render = render_program(surroundings);
    if (fs::exists(render)) {
        findings.push_back(look_at_device(
            surroundings, "cpu", "the render program does not start; build it again"));
    } else {
        findings.push_back({false, "render program: " + render + " is missing", "build it: make"});
    }
    look_at_models(surroundings, findings);
    bool well = true;
    for (const Finding& finding : findings) {
        answer("{} {}\n", finding.well ? "ok     " : "PROBLEM", finding.what);
        if (!finding.well) answer("        {}\n", finding.remedy);
        answer("{}", finding.warnings);
        well = well && finding.well;
    }
    if (fs::exists(render)) {
        const Finding gpu = look_at_device(surroundings, "cuda:0", "");
        answer("{} {}\n", gpu.well ? "ok     " : "note   ", gpu.what);
    }
    return well ? 0 : exit_code_of(ErrorKind::unavailable);
}

}  // namespace

Command doctor_command(const Surroundings& surroundings) {
    return {.name = "doctor",
            .meaning = "check this machine and suggest fixes",
            .example = "nightreel doctor",
            .run = [&surroundings] { return examine(surroundings); }};
}

}  // namespace nightreel::cli
