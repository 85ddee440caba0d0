// Any bytes as the JSON files of a model: its index, a part's configuration, the index of its
// shards, a tokenizer's configuration, the only one beside original weights. Law: refused with an
// Error or read, never a crash, and a document that was read is the same after it was written and
// read again.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/checkpoint/layout/inspect_model.h"
#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/checkpoint/layout/stored_part.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace {

template <class Body>
void unless_refused(Body&& body) {
    try {
        body();
    } catch (const nightreel::Error& error) {
        if (error.kind() == nightreel::ErrorKind::internal) throw;
    }
}

// As the config.json of a model that has no index, in the original repositories' layout.
void inspect_beside_weights(const std::filesystem::path& folder, const std::string& text) {
    const std::string file = "diffusion_pytorch_model.safetensors";
    std::filesystem::create_directories(folder);
    if (!std::filesystem::exists(folder / file)) {
        std::filesystem::create_symlink(std::filesystem::path(NIGHTREEL_ORIGINAL) / file,
                                        folder / file);
    }
    nightreel::write_file_atomically(folder / "config.json", text);
    unless_refused([&] { (void)nightreel::inspect_model(folder); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace fs = std::filesystem;
    const std::string text(reinterpret_cast<const char*>(data), size);
    unless_refused([&] {
        const nlohmann::json document = nightreel::parse_json_document(text, "a file");
        const nlohmann::json again = nightreel::parse_json_document(document.dump(), "again");
        NIGHTREEL_CHECK(again == document, "a document survives being written");
    });
    const fs::path folder =
        fs::temp_directory_path() / fmt::format("nightreel_config_fuzz_{}", ::getpid());
    fs::create_directories(folder);
    for (const char* name : {"model_index.json", "config.json", "model.safetensors.index.json"}) {
        nightreel::write_file_atomically(folder / name, text);
    }
    unless_refused([&] { (void)nightreel::open_model_folder(folder).folder_of("transformer"); });
    unless_refused([&] {
        nightreel::JsonConfig config =
            nightreel::read_part_config(folder, "_class_name", "WanTransformer3DModel");
        (void)config.integers("patch_size", 1, 64);
        (void)config.number("eps");
        config.refuse_others();
    });
    unless_refused([&] { (void)nightreel::StoredPart(folder, "model"); });
    inspect_beside_weights(folder / "original", text);
    return 0;
}
