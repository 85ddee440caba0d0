#include "shotspec/resolve/loras.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/git_lfs.h"
#include "shotspec/night/given_file.h"
#include "shotspec/night/lora_digest.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// What a file is that is no safetensors file; empty for one that begins as they do: eight bytes of
// a length, then its header, a JSON object.
std::string format_problem(const fs::path& file) {
    std::array<char, 64> bytes{};
    std::ifstream stream(file, std::ios::binary);
    stream.read(bytes.data(), bytes.size());
    const std::string_view begin(bytes.data(), static_cast<std::size_t>(stream.gcount()));
    constexpr std::size_t length_bytes = 8;
    if (begin.size() > length_bytes && begin[length_bytes] == '{') return {};
    if (begin.empty()) return "is empty";
    if (is_git_lfs_pointer(begin)) {
        return "is a Git LFS pointer, not the file itself; run git lfs pull";
    }
    if (begin.starts_with("GGUF")) return "is a GGUF file; use the safetensors file of the LoRA";
    if (begin.starts_with("PK") || begin.starts_with("\x80")) {
        return "is a PyTorch file (pickle); convert it to safetensors";
    }
    return "is not a safetensors file; convert it";
}

}  // namespace

bool has_two_experts(const ModelCard& card) {
    return std::ranges::any_of(card.files, [](const ModelFile& file) {
        return file.path.starts_with("transformer_2/") || file.path.starts_with("low_noise_model/");
    });
}

std::vector<ResolvedLora> LoraShelf::resolve(const std::vector<LoraAsked>& asked,
                                             const std::string& path) {
    std::vector<ResolvedLora> resolved;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto found = find(asked[i], fmt::format("{}[{}]", path, i));
        if (found) resolved.push_back(std::move(*found));
    }
    return resolved;
}

std::optional<ResolvedLora> LoraShelf::find(const LoraAsked& lora, const std::string& item) {
    if (lora.file.empty()) {
        const Places& places = document_.places;
        const bool is_told = places.is_wrong(item) || places.is_wrong(item + ".file");
        if (!is_told) complain(item, "expected the name of a file");
        return {};
    }
    const auto check_factors = [&](const auto& factors, const char* field, const char* each) {
        if (!factors || !factors->empty()) return;
        complain(item + "." + field,
                 fmt::format("is empty; give a factor for each {}, or leave it out", each));
    };
    check_factors(lora.by_segment, "by_segment", "segment");
    check_factors(lora.by_step, "by_step", "step");
    const Place place = document_.places.of(item);
    const fs::path written_in = document_.complaints.files()[place.file];
    const fs::path file = fs::absolute(written_in.parent_path() / lora.file).lexically_normal();
    const Looked& looked = look_at(file);
    if (!looked.problem.empty()) {
        complain(item, fmt::format("{}: {}", lora.file, looked.problem));
        return {};
    }
    return ResolvedLora{{file.string(),
                         looked.digest,
                         lora.high.value_or(lora.strength),
                         lora.low.value_or(lora.strength),
                         lora.by_step},
                        lora.by_segment.value_or(std::vector<double>{}),
                        item};
}

const LoraShelf::Looked& LoraShelf::look_at(const fs::path& file) {
    const auto known = looked_.find(file);
    if (known != looked_.end()) return known->second;
    Looked& looked = looked_[file];
    looked.problem = given_file_problem(file, {"a LoRA", lora_bytes_max});
    if (!looked.problem.empty()) return looked;
    looked.problem = format_problem(file);
    if (!looked.problem.empty()) return looked;
    try {
        looked.digest = digest_ ? lora_digest(file, digest_(file)) : lora_digest(file);
    } catch (const Error& failure) {
        looked.problem = failure.what();
    }
    return looked;
}

void LoraShelf::complain(const std::string& path, std::string message) {
    document_.complaints.add(document_.places.of(path), path, std::move(message));
}

std::string lora_problem(const std::vector<ResolvedLora>& loras, const ModelCard& card) {
    if (loras.size() > loras_max) {
        return fmt::format(
            "{} with those of its characters: the limit for a shot is {}", loras.size(), loras_max);
    }
    std::set<Digest> seen;
    for (const ResolvedLora& resolved : loras) {
        const SegmentLora& lora = resolved.lora;
        const std::string name = fs::path(lora.path).filename().string();
        if (!seen.insert(lora.digest).second) {
            return fmt::format("{} is asked for twice, and its strengths would add up; keep one",
                               name);
        }
        if (lora.by_step && card.final.forcing) {
            return fmt::format(
                "{}: {} denoises latent frames one after the other, so by_step has "
                "no common steps; remove it",
                name,
                card.name);
        }
        if (lora.high != lora.low && !has_two_experts(card)) {
            return fmt::format(
                "{}: high and low are for models with two experts; {} has one: "
                "give its strength",
                name,
                card.name);
        }
    }
    return {};
}

}  // namespace nightreel
