#pragma once
// LoRAs that a night asks for, found and named by their bytes. A file is read once at most, however
// many shots ask for it; one thread.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/night/clip_facts.h"
#include "shotspec/night/lora_settings.h"
#include "shotspec/night/read_night.h"

namespace nightreel {

inline constexpr std::uintmax_t lora_bytes_max = std::uintmax_t{64} * 1024 * 1024 * 1024;

class LoraShelf {
  public:
    // `digest` as GivenFileReaders has it.
    LoraShelf(NightDocument& document, FileDigester digest)
        : document_(document), digest_(std::move(digest)) {}

    // One that is written at `item` ("shots[2].loras[0]"); nothing after a complaint.
    std::optional<ResolvedLora> find(const LoraAsked& asked, const std::string& item);

    // `path` is where the list was written ("defaults.loras"); what is wrong is complained of
    // there, and left out.
    std::vector<ResolvedLora> resolve(const std::vector<LoraAsked>& asked, const std::string& path);

  private:
    struct Looked {
        Digest digest;
        std::string problem;
    };

    const Looked& look_at(const std::filesystem::path& file);
    void complain(const std::string& path, std::string message);

    NightDocument& document_;
    FileDigester digest_;
    std::map<std::filesystem::path, Looked> looked_;
};

bool has_two_experts(const ModelCard& card);

// What is wrong with all the LoRAs of one shot together, for its model; empty when nothing is.
std::string lora_problem(const std::vector<ResolvedLora>& loras, const ModelCard& card);

}  // namespace nightreel
